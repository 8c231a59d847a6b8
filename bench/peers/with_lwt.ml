(* The same promise operations as bench/promise.cc, by Lwt; prints "name nanoseconds" lines (processor time). *)
let many = 1000
let seconds = try float_of_string (Sys.getenv "SLEY_BENCH_ROW_SECONDS") with Not_found -> 0.3
let chosen = if Array.length Sys.argv > 1 then Some Sys.argv.(1) else None

(* One batch does [per] operations. *)
let measure name per batch =
  if chosen = None || chosen = Some name then begin
    let rec go count =
      let before = Sys.time () in
      for _ = 1 to count do batch () done;
      let took = Sys.time () -. before in
      if took < seconds then go (count * 2)
      else Printf.printf "%s %.2f\n%!" name (took *. 1e9 /. float_of_int (count * per))
    in
    go 1
  end

let thousand f () = for _ = 1 to many do f () done
let ignore_p p = ignore (Sys.opaque_identity p)

let rec pause_again left =
  if left <= 0 then Lwt.return_unit
  else Lwt.bind (Lwt.pause ()) (fun () -> pause_again (left - 1))

let () =
  let one = ref (Lwt.return 1) in
  measure "return" many (thousand (fun () -> ignore_p (Lwt.return (Sys.opaque_identity 1))));
  measure "bind_fulfilled" many (thousand (fun () -> one := Lwt.bind !one Lwt.return));
  measure "map_fulfilled" many (thousand (fun () -> one := Lwt.map succ !one));
  measure "wait_fulfill" many
    (thousand (fun () ->
         let p, r = Lwt.wait () in
         Lwt.wakeup_later r 1; ignore_p p));
  measure "wait_bind_fulfill" many
    (thousand (fun () ->
         let p, r = Lwt.wait () in
         let q = Lwt.bind p Lwt.return in
         Lwt.wakeup_later r 1; ignore_p q));
  measure "wait_map_fulfill" many
    (thousand (fun () ->
         let p, r = Lwt.wait () in
         let q = Lwt.map succ p in
         Lwt.wakeup_later r 1; ignore_p q));
  measure "task_bind_cancel" many
    (thousand (fun () ->
         let p, _ = Lwt.task () in
         let q = Lwt.bind p Lwt.return in
         Lwt.cancel q));
  measure "chain1000" many (fun () ->
      let p, r = Lwt.wait () in
      let q = ref p in
      for _ = 1 to many do q := Lwt.bind !q Lwt.return done;
      Lwt.wakeup_later r 1);
  let pairs () = List.init many (fun _ -> Lwt.wait ()) in
  measure "join1000" many (fun () ->
      let ps = pairs () in
      let all = Lwt.join (List.map fst ps) in
      List.iter (fun (_, r) -> Lwt.wakeup_later r ()) ps;
      ignore_p all);
  measure "all1000" many (fun () ->
      let ps = pairs () in
      let all = Lwt.all (List.map fst ps) in
      List.iter (fun (_, r) -> Lwt.wakeup_later r 1) ps;
      ignore_p all);
  measure "pick10" many
    (thousand (fun () ->
         let ps = List.init 10 (fun _ -> Lwt.task ()) in
         let first = Lwt.pick (List.map fst ps) in
         Lwt.wakeup_later (snd (List.nth ps 3)) 1;
         ignore_p first));
  let longer, _ = Lwt.wait () in
  measure "choose_long_lived" many
    (thousand (fun () ->
         let p, r = Lwt.wait () in
         let first = Lwt.choose [ longer; p ] in
         Lwt.wakeup_later r 1; ignore_p first));
  measure "pause_loop" many (fun () -> Lwt_main.run (pause_again many));
  measure "run_pause" many (thousand (fun () -> Lwt_main.run (Lwt.pause ())));

  (* bench/sync.cc *)
  let mutex = Lwt_mutex.create () in
  measure "mutex_free" many
    (thousand (fun () -> ignore_p (Lwt_mutex.lock mutex); Lwt_mutex.unlock mutex));
  let held = Lwt_mutex.create () in
  ignore_p (Lwt_mutex.lock held);
  measure "mutex_hand_over" many
    (thousand (fun () ->
         let p = Lwt.bind (Lwt_mutex.lock held) Lwt.return in
         Lwt_mutex.unlock held; ignore_p p));
  measure "with_lock_free" many
    (thousand (fun () -> ignore_p (Lwt_mutex.with_lock mutex (fun () -> Lwt.return 1))));
  let condition = Lwt_condition.create () in
  measure "condition_signal" many
    (thousand (fun () ->
         let p = Lwt.bind (Lwt_condition.wait condition) Lwt.return in
         Lwt_condition.signal condition 1; ignore_p p));
  let box = Lwt_mvar.create_empty () in
  measure "mvar_ping_pong" many
    (thousand (fun () ->
         let p = Lwt.bind (Lwt_mvar.take box) Lwt.return in
         ignore_p (Lwt_mvar.put box 1); ignore_p p;
         ignore_p (Lwt_mvar.put box 2);
         ignore_p (Lwt_mvar.take box)));
  let pool = Lwt_pool.create 1 Lwt.return in
  measure "pool_use_free" many (thousand (fun () -> ignore_p (Lwt_pool.use pool Lwt.return)));

  (* bench/stream.cc *)
  let s, push = Lwt_stream.create () in
  measure "stream_push_get" many
    (thousand (fun () -> push (Some 1); ignore_p (Lwt_stream.get s)));
  measure "stream_push_get_bind" many
    (thousand (fun () -> push (Some 1); ignore_p (Lwt.bind (Lwt_stream.get s) Lwt.return)));
  measure "stream_push_get_1000" many (fun () ->
      for i = 1 to many do push (Some i) done;
      for _ = 1 to many do ignore_p (Lwt_stream.get s) done);
  measure "stream_get_push" many
    (thousand (fun () ->
         let p = Lwt_stream.get s in
         push (Some 1); ignore_p p));
  measure "stream_get_bind_push" many
    (thousand (fun () ->
         let p = Lwt.bind (Lwt_stream.get s) Lwt.return in
         push (Some 1); ignore_p p));
  let mapped = Lwt_stream.map succ s in
  measure "stream_map_get" many
    (thousand (fun () -> push (Some 1); ignore_p (Lwt_stream.get mapped)));
  let s, push = Lwt_stream.create () in
  ignore_p (Lwt_stream.iter (fun _ -> ()) s);
  measure "stream_iter_push" many (thousand (fun () -> push (Some 1)));
  let s, push = Lwt_stream.create_bounded 1 in
  measure "stream_bounded" many
    (thousand (fun () ->
         ignore_p (push#push 1);
         let second = push#push 2 in
         ignore_p (Lwt_stream.get s); ignore_p second;
         ignore_p (Lwt_stream.get s)));

  (* bench/list.cc *)
  let elements = List.init many Fun.id in
  let pending start =
    let rs = ref [] in
    let all = start (fun _ -> let p, r = Lwt.wait () in rs := r :: !rs; p) elements in
    List.rev !rs, all
  in
  measure "map_p1000" many (fun () ->
      let rs, all = pending Lwt_list.map_p in
      List.iter (fun r -> Lwt.wakeup_later r 1) rs;
      ignore_p all);
  measure "iter_p1000" many (fun () ->
      let rs, all = pending Lwt_list.iter_p in
      List.iter (fun r -> Lwt.wakeup_later r ()) rs;
      ignore_p all);
  measure "map_s1000" many (fun () -> ignore_p (Lwt_list.map_s Lwt.return elements));
  measure "map_p_fulfilled1000" many (fun () -> ignore_p (Lwt_list.map_p Lwt.return elements))
