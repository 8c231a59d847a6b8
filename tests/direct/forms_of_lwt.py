"""Compiles the OCaml forms of docs/direct.md with lwt_ppx and runs them: their results equal the C forms'.
Usage: forms_of_lwt.py ROOT"""
import pathlib
import re
import subprocess
import sys
import tempfile

HEAD = """
exception Sold_out
let said = ref []
let say word = said := word :: !said
let fetch n =
  Lwt.bind (Lwt_unix.sleep 0.001) (fun () ->
    if n = -1 then Lwt.fail Not_found else if n = -2 then Lwt.fail Sold_out else Lwt.return n)
let fetch_slowly () = Lwt.bind (Lwt_unix.sleep 60.) (fun () -> Lwt.return 0)
"""
TAIL = """
let gives p n = assert (Lwt_main.run p = n)
let fails p = assert (try ignore (Lwt_main.run p); false with Sold_out | Assert_failure _ -> true)
let () =
  gives (sum ()) 3; gives (sum_of_both ()) 3; gives (one_then_two ()) 2;
  gives (or_zero 7) 7; gives (or_zero (-1)) 0; fails (or_zero (-2));
  gives (describe 0) (); gives (describe 1) (); gives (describe (-1)) (); fails (describe (-2));
  let left = ref 3 in gives (count_down left) (); assert (!left = 0);
  gives (add_up ()) 15; gives (choose 1) 10; gives (choose 0) 20;
  gives (open_use_close 4) 5; fails (open_use_close (-2));
  gives (Lwt.map ignore (close_slowly 1)) (); fails (close_slowly (-2));
  gives (check_price 1) (); fails (check_price 0);
  gives (in_time ()) (-1); gives (total 4) 10;
  gives (all_of_them [1; -1; 5]) 6; fails (all_of_them [1; -2; 5]);
  assert (String.concat " " (List.rev !said) =
    "none some not found open close open close closed closed")
"""

page = (pathlib.Path(sys.argv[1]) / "docs/direct.md").read_text()
forms = re.findall(r"```ocaml\n(.*?)```", page, re.S)
with tempfile.TemporaryDirectory() as folder:
    source = pathlib.Path(folder) / "forms.ml"
    source.write_text(HEAD + "\n".join(forms) + TAIL)
    command = ["ocamlfind", "ocamlopt", "-thread", "-package", "lwt.unix,lwt_ppx", "-linkpkg", "forms.ml", "-o", "forms"]
    subprocess.run(command, cwd=folder, check=True)
    subprocess.run([f"{folder}/forms"], check=True, timeout=60)
print(f"{len(forms)} forms of Lwt give what the page says")
