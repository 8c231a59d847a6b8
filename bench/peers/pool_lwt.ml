(* A job that does nothing through Lwt_preemptive.detach, one at a time and 1,000 at a time.
   Usage: bench-pool-lwt THREADS JOBS; prints nanoseconds per job. *)
let run width count =
  let left = ref count in
  let rec line () =
    decr left;
    if !left < 0 then Lwt.return_unit else Lwt.bind (Lwt_preemptive.detach (fun () -> ()) ()) line
  in
  let start = Unix.gettimeofday () in
  Lwt_main.run (Lwt.join (List.init width (fun _ -> line ())));
  (Unix.gettimeofday () -. start) *. 1e9 /. float_of_int count

let () =
  let threads = int_of_string Sys.argv.(1) and count = int_of_string Sys.argv.(2) in
  Lwt_preemptive.init threads threads (fun _ -> ());
  Lwt_preemptive.set_max_number_of_threads_queued 1000000;
  ignore (run 1 (count / 50));
  Printf.printf "latency %.1f\n" (run 1 (count / 10));
  Printf.printf "throughput %.1f\n%!" (run 1000 (count / 10))
