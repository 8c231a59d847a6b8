"""What scripts/rename-0.1 changes in programs."""

# Old name -> new name; order of arguments, types and meaning stay. Forms with _at, _own and _own_at are
# renamed with their function.
NAMES = {
    # a byte connection is not always TCP
    "sley_tcp": "sley_io",
    "sley_type_tcp": "sley_type_io",
    "sley_tcp_close": "sley_io_drop",
    "sley_tcp_fd": "sley_io_fd",
    "sley_tcp_of": "sley_io_in",
    # a server in one domain or in several
    "sley_balance": "sley_server",
    "sley_balance_counters": "sley_server_counters",
    "sley_balance_counters_get": "sley_server_counters_get",
    "sley_balance_drop": "sley_server_drop",
    "sley_balance_in": "sley_server_in",
    "sley_balance_is_in": "sley_server_is_in",
    "sley_balance_keep": "sley_server_keep",
    "sley_balance_key_fn": "sley_server_key_fn",
    "sley_balance_mode": "sley_server_mode",
    "sley_balance_port": "sley_server_port",
    "sley_balance_start": "sley_server_start",
    "sley_balance_stop": "sley_server_stop",
    "sley_balance_take": "sley_server_take",
    "sley_balance_to_value": "sley_server_to_value",
    "sley_balance_of": "sley_server_in",
    "sley_type_balance": "sley_type_server",
    "SLEY_BALANCE_MODE_KERNEL": "SLEY_SERVER_MODE_KERNEL",
    "SLEY_BALANCE_MODE_KEY": "SLEY_SERVER_MODE_KEY",
    "SLEY_BALANCE_MODE_LEAST": "SLEY_SERVER_MODE_LEAST",
    # handles in values: X_to_value gives the handle to a value, X_in lends the one in a value
    "sley_domain_of": "sley_domain_in",
    "sley_error_of_value": "sley_error_in",
    "sley_error_value": "sley_error_to_value",
    "sley_event_of": "sley_event_in",
    "sley_event_value": "sley_event_to_value",
    "sley_list_of": "sley_list_in",
    "sley_port_of": "sley_port_in",
    "sley_promise_as_value": "sley_promise_to_value",
    "sley_remote_value": "sley_remote_to_value",
    "sley_result_of": "sley_result_in",
    "sley_sharded_of": "sley_sharded_in",
    "sley_signal_as_value": "sley_signal_to_value",
    "sley_signal_of": "sley_signal_in",
    "sley_split_of": "sley_split_in",
    "sley_stream_of_value": "sley_stream_in",
    "sley_stream_value": "sley_stream_to_value",
    # X_from_Y makes an X from a Y; a field is read by X_field
    "sley_error_kind_of": "sley_error_kind_get",
    "sley_error_of": "sley_promise_error",
    "sley_event_of_stream": "sley_event_from_stream",
    "sley_event_to_stream": "sley_stream_from_event",
    "sley_name": "sley_promise_set_name",
    "sley_name_of": "sley_promise_name",
    "sley_promise_of": "sley_promise_from_resolver",
    "sley_result_error_of": "sley_result_from_error",
    "sley_seq_of_list": "sley_seq_from_values",
    "sley_stream_of_array": "sley_stream_from_values",
    "sley_stream_of_bytes": "sley_stream_from_bytes",
    "sley_stream_of_promise": "sley_stream_from_promise",
    "sley_value_of": "sley_promise_value",
    # sley_list_ means a list; over arrays it is sley_values_
    "sley_list_exists_p": "sley_values_exists_p",
    "sley_list_exists_s": "sley_values_exists_s",
    "sley_list_filter_map_p": "sley_values_filter_map_p",
    "sley_list_filter_map_s": "sley_values_filter_map_s",
    "sley_list_filter_p": "sley_values_filter_p",
    "sley_list_filter_s": "sley_values_filter_s",
    "sley_list_find_s": "sley_values_find_s",
    "sley_list_fold_left_s": "sley_values_fold_left_s",
    "sley_list_fold_right_s": "sley_values_fold_right_s",
    "sley_list_for_all_p": "sley_values_for_all_p",
    "sley_list_for_all_s": "sley_values_for_all_s",
    "sley_list_iter_n": "sley_values_iter_n",
    "sley_list_iter_p": "sley_values_iter_p",
    "sley_list_iter_s": "sley_values_iter_s",
    "sley_list_iteri_p": "sley_values_iteri_p",
    "sley_list_iteri_s": "sley_values_iteri_s",
    "sley_list_map_n": "sley_values_map_n",
    "sley_list_map_p": "sley_values_map_p",
    "sley_list_map_s": "sley_values_map_s",
    "sley_list_mapi_p": "sley_values_mapi_p",
    "sley_list_mapi_s": "sley_values_mapi_s",
    "sley_list_partition_p": "sley_values_partition_p",
    "sley_list_partition_s": "sley_values_partition_s",
    "sley_list_rev_map_p": "sley_values_rev_map_p",
    "sley_list_rev_map_s": "sley_values_rev_map_s",
    # only names of sites end in _at
    "sley_list_at": "sley_list_item",
    "sley_list_take": "sley_list_take_item",
    "sley_split_pending_at": "sley_split_pending",
    "sley_team_at": "sley_team_domain",
    # names that say what they mean
    "SLEY_LIST": "SLEY_PROMISES",
    "sley_accept_all": "sley_error_accept_all",
    "sley_accept_all_but_memory": "sley_error_accept_all_but_memory",
    "sley_bounded": "sley_bounded_pusher",
    "sley_bounded_close": "sley_bounded_pusher_close",
    "sley_bounded_count": "sley_bounded_pusher_count",
    "sley_bounded_drop": "sley_bounded_pusher_drop",
    "sley_bounded_is_blocked": "sley_bounded_pusher_is_blocked",
    "sley_bounded_is_closed": "sley_bounded_pusher_is_closed",
    "sley_bounded_keep": "sley_bounded_pusher_keep",
    "sley_bounded_push": "sley_bounded_pusher_push",
    "sley_bounded_resize": "sley_bounded_pusher_set_capacity",
    "sley_bounded_set_reference": "sley_bounded_pusher_set_reference",
    "sley_bounded_size": "sley_bounded_pusher_capacity",
    "sley_event_drop_once": "sley_event_skip_once",
    "sley_event_failed": "sley_event_has_failed",
    "sley_get": "sley_storage_get",
    "sley_job_canceled": "sley_job_is_canceled",
    "sley_port_length": "sley_port_count",
    "sley_pqueue_size": "sley_pqueue_count",
    "sley_remote_task": "sley_remote_new",
    "sley_result_bind_lwt": "sley_result_bind_promise",
    "sley_result_bind_lwt_error": "sley_result_bind_promise_error",
    "sley_scope_own": "sley_scope_adopt",
    "sley_seq_cons_lwt": "sley_seq_cons_promise",
    "sley_seq_return_lwt": "sley_seq_return_promise",
    "sley_sequence_length": "sley_sequence_count",
    "sley_signal_failed": "sley_signal_has_failed",
    "sley_stream_closed": "sley_stream_wait_closed",
    "sley_stream_is_empty": "sley_stream_at_end",
    "sley_task": "sley_cancelable",
    "sley_stream_from_port_own": "sley_port_to_stream",
    "sley_wait": "sley_pending",
    # enumerators carry the name of their type
    "SLEY_BALANCE_KERNEL": "SLEY_SERVER_MODE_KERNEL",
    "SLEY_BALANCE_KEY": "SLEY_SERVER_MODE_KEY",
    "SLEY_BALANCE_LEAST": "SLEY_SERVER_MODE_LEAST",
    "SLEY_DUMP_JSON": "SLEY_DUMP_FORMAT_JSON",
    "SLEY_DUMP_TEXT": "SLEY_DUMP_FORMAT_TEXT",
    "SLEY_FULFILLED": "SLEY_PROMISE_STATE_FULFILLED",
    "SLEY_PENDING": "SLEY_PROMISE_STATE_PENDING",
    "SLEY_REJECTED": "SLEY_PROMISE_STATE_REJECTED",
    "SLEY_WORKERS_BLOCKING": "SLEY_WORKERS_KIND_BLOCKING",
    "SLEY_WORKERS_COMPUTE": "SLEY_WORKERS_KIND_COMPUTE",
    "SLEY_WORKERS_FOR_COMPUTE": "SLEY_WORKERS_PURPOSE_COMPUTE",
    "SLEY_WORKERS_FOR_DNS": "SLEY_WORKERS_PURPOSE_DNS",
    "SLEY_WORKERS_FOR_IO": "SLEY_WORKERS_PURPOSE_IO",
    # one type for each kind of callback
    "sley_accumulate_fn": "sley_fold_fn",
    "sley_each_fn": "sley_visit_fn",
    "sley_fold_s_fn": "sley_fold_bind_fn",
    "sley_react_fold_fn": "sley_fold_fn",
    # spelling
    "sley_event_with_finaliser": "sley_event_with_finalizer",
    "sley_signal_with_finaliser": "sley_signal_with_finalizer",
}

# sley_X_own(..., drop) -> sley_X(..., drop): the last argument drop may be left out now. sley_X_at takes it always.
DROPS = """
    bind catch catch_if finalize finalize_with map on_any on_cancel on_failure on_success
    on_termination pool_use scope_spawn scope_start spawn stream_filter stream_filter_map
    stream_filter_map_n stream_filter_map_n_unordered stream_filter_map_s stream_filter_n
    stream_filter_n_unordered stream_filter_s stream_find stream_find_map stream_find_map_s
    stream_find_s stream_fold stream_fold_s stream_from stream_from_direct stream_generate
    stream_get_while stream_get_while_s stream_iter stream_iter_n stream_iter_p stream_iter_s
    stream_junk_while stream_junk_while_s stream_map stream_map_list stream_map_list_s stream_map_n
    stream_map_n_unordered stream_map_s switch_add_hook switch_add_hook_or_exec try_bind
    with_deadline with_lock with_scope with_supervisor
""".split()

# Names of headers, in #include and elsewhere.
HEADERS = {"sley/balance.h": "sley/server.h", "sley/net.h": "sley/socket.h"}

# Calls whose form changed: name -> the call in its place, where {0}, {1} are the old arguments. One that begins
# with "!" is the contrary of the old one, and one that ends in " == 0" answers with a code what was a bool. The
# form with a site has the same rule, with the site as its first argument.
CALLS = {
    "sley_apply": "sley_apply({2}, {0}, {1})",
    "sley_wrap": "sley_wrap({2}, {0}, {1})",
    "sley_error_in": "(sley_error_is_in({0}) ? sley_error_in({0}) : NULL)",
    "sley_mutex_is_empty": "!sley_mutex_has_waiters({0})",
    "sley_mvar_take_available": "sley_mvar_try_take({0}, {1}) == 0",
    "sley_sequence_take_l": "sley_sequence_try_take_l({0}, {1}) == 0",
    "sley_sequence_take_r": "sley_sequence_try_take_r({0}, {1}) == 0",
    "sley_sleep_for": "sley_sleep((double)({0}) / SLEY_SECOND)",
    "sley_connect": "sley_connect(NULL, {0}, {1})",
    "sley_call_with": "sley_call_with({1}, {0}, {2}, {3})",
    "sley_cross_mutex_try_lock": "sley_cross_mutex_try_acquire({0}) == 0",
    "sley_domain_set_spin": "sley_domain_set_spin_time((double)({0}) / SLEY_SECOND)",
    "sley_domain_value": "sley_domain_to_value(sley_domain_keep({0}))",
    "sley_port_reader_value": "sley_port_reader_to_value(sley_port_keep({0}))",
    "sley_port_value": "sley_port_to_value(sley_port_keep({0}))",
    "sley_port_writer_value": "sley_port_writer_to_value(sley_port_keep({0}))",
    "sley_sharded_value": "sley_sharded_to_value(sley_sharded_keep({0}))",
    "sley_with_timeout": "sley_with_timeout({1}, {0})",
    "sley_debug_state_is": "sley_debug_state_is({2}, {0}, {1})",
    "sley_event_dismiss": "sley_event_without({1}, {0})",
    "sley_event_until": "sley_event_take_until({1}, {0})",
    "sley_event_when": "sley_event_when({1}, {0})",
    "sley_seq_unfold": "sley_seq_unfold({2}, {0}, {1})",
    "sley_seq_unfold_lwt": "sley_seq_unfold_promise({2}, {0}, {1})",
    "sley_signal_bind": "sley_signal_bind({0}, {3}, {1}, {2})",
    "sley_signal_bind_s": "sley_signal_bind_s({0}, {3}, {1}, {2})",
    "sley_signal_filter_s": "sley_signal_filter_s({0}, {1}, {4}, {2}, {3})",
    "sley_signal_fmap_s": "sley_signal_fmap_s({0}, {1}, {4}, {2}, {3})",
    "sley_signal_fold_s": "sley_signal_fold_s({0}, {1}, {4}, {2}, {3})",
    "sley_signal_hold": "sley_signal_hold({1}, {0}, {2})",
    "sley_signal_lift": "sley_signal_lift({0}, {1}, {4}, {2}, {3})",
    "sley_signal_lift_s": "sley_signal_lift_s({0}, {1}, {4}, {2}, {3})",
    "sley_signal_limit": "sley_signal_limit({0}, {3}, {1}, {2})",
    "sley_signal_map": "sley_signal_map({0}, {3}, {1}, {2})",
    "sley_signal_map_s": "sley_signal_map_s({0}, {3}, {1}, {2})",
    "sley_signal_merge_s": "sley_signal_merge_s({0}, {1}, {2}, {5}, {3}, {4})",
    "sley_stream_filter_map_n": "sley_stream_filter_map_n({0}, {1}, SLEY_STREAM_ORDER_SOURCE, {2}, {3})",
    "sley_stream_filter_map_n_own": "sley_stream_filter_map_n({0}, {1}, SLEY_STREAM_ORDER_SOURCE, {2}, {3}, {4})",
    "sley_stream_filter_map_n_unordered": "sley_stream_filter_map_n({0}, {1}, SLEY_STREAM_ORDER_READY, {2}, {3})",
    "sley_stream_filter_map_n_unordered_own": "sley_stream_filter_map_n({0}, {1}, SLEY_STREAM_ORDER_READY, {2}, {3}, {4})",
    "sley_stream_filter_n": "sley_stream_filter_n({0}, {1}, SLEY_STREAM_ORDER_SOURCE, {2}, {3})",
    "sley_stream_filter_n_own": "sley_stream_filter_n({0}, {1}, SLEY_STREAM_ORDER_SOURCE, {2}, {3}, {4})",
    "sley_stream_filter_n_unordered": "sley_stream_filter_n({0}, {1}, SLEY_STREAM_ORDER_READY, {2}, {3})",
    "sley_stream_filter_n_unordered_own": "sley_stream_filter_n({0}, {1}, SLEY_STREAM_ORDER_READY, {2}, {3}, {4})",
    "sley_stream_fold": "sley_stream_fold({0}, {2}, {1}, {3})",
    "sley_stream_fold_own": "sley_stream_fold({0}, {2}, {1}, {3}, {4})",
    "sley_stream_fold_s": "sley_stream_fold_s({0}, {2}, {1}, {3})",
    "sley_stream_fold_s_own": "sley_stream_fold_s({0}, {2}, {1}, {3}, {4})",
    "sley_stream_map_n": "sley_stream_map_n({0}, {1}, SLEY_STREAM_ORDER_SOURCE, {2}, {3})",
    "sley_stream_map_n_own": "sley_stream_map_n({0}, {1}, SLEY_STREAM_ORDER_SOURCE, {2}, {3}, {4})",
    "sley_stream_map_n_unordered": "sley_stream_map_n({0}, {1}, SLEY_STREAM_ORDER_READY, {2}, {3})",
    "sley_stream_map_n_unordered_own": "sley_stream_map_n({0}, {1}, SLEY_STREAM_ORDER_READY, {2}, {3}, {4})",
}

# What returned 0 or a negative code and returns an error now, NULL for none: name -> the new call. An error that
# nobody looks at is dropped; where the code was looked at, a function that makes it of the error is added.
MAKERS = {
    "sley_broadcast_new": "sley_broadcast_new(...)",
    "sley_broadcast_subscribe": "sley_broadcast_subscribe(...)",
    "sley_condition_new": "sley_condition_new(...)",
    "sley_configure": "sley_configure(...)",
    "sley_cross_barrier_new": "sley_cross_barrier_new(...)",
    "sley_cross_condition_new": "sley_cross_condition_new(...)",
    "sley_cross_mutex_new": "sley_cross_mutex_new(...)",
    "sley_cross_once_new": "sley_cross_once_new(...)",
    "sley_domain_dump": "sley_domain_dump(...)",
    "sley_domain_new": "sley_domain_new(...)",
    "sley_domain_spawn": "sley_domain_spawn({1}, {0})",
    "sley_dump": "sley_dump(...)",
    "sley_fiber_set": "sley_fiber_set(...)",
    "sley_fiber_unset": "sley_fiber_unset(...)",
    "sley_list_new": "sley_list_new(...)",
    "sley_mutex_new": "sley_mutex_new(...)",
    "sley_mvar_new": "sley_mvar_new(...)",
    "sley_mvar_new_full": "sley_mvar_new_full(...)",
    "sley_pool_new": "sley_pool_new(...)",
    "sley_port_new": "sley_port_new(...)",
    "sley_pqueue_new": "sley_pqueue_new({0}, {1}, NULL, {2})",
    "sley_report": "sley_report(...)",
    "sley_result_error_value": "sley_result_new_error(...)",
    "sley_result_ok_value": "sley_result_new_ok(...)",
    "sley_runtime_new": "sley_runtime_new({1}, {0})",
    "sley_seq_cons_value": "sley_seq_new_cons(...)",
    "sley_sequence_new": "sley_sequence_new(...)",
    "sley_stream_clone": "sley_stream_clone(...)",
    "sley_stream_new": "sley_stream_new(...)",
    "sley_stream_new_bounded": "sley_stream_new_bounded(...)",
    "sley_switch_add_hook": "sley_switch_add_hook(...)",
    "sley_switch_add_hook_own": "sley_switch_add_hook(...)",
    "sley_switch_new": "sley_switch_new(...)",
    "sley_tcp_set_nodelay": "sley_io_set_nodelay(...)",
    "sley_team_new": "sley_team_new(...)",
    "sley_text": "sley_text(...)",
    "sley_workers_new": "sley_workers_new(...)",
}

# Callbacks of these change two of their parameters: name -> (the argument that is the callback, the two).
SWAPPED = {
    "sley_stream_fold": (1, (1, 2)),
    "sley_stream_fold_own": (1, (1, 2)),
    "sley_stream_fold_s": (1, (1, 2)),
    "sley_stream_fold_s_own": (1, (1, 2)),
}

# Predicates of these filled a value and fill a bool now: name -> the argument that is the predicate; a name that
# begins with "." is a member of options.
PREDICATES = {
    ".check": 0,
    "sley_event_filter": 1,
    "sley_seq_filter": 1,
}

# Members of options: what stood behind ".name =" -> what is written in its place.
MEMBERS = {
    "slow_callback": "slow_seconds = (double)({0}) / SLEY_SECOND",
}

# Members of one type, and of members of that type in other structs: type -> (those, old -> new).
TYPED_MEMBERS = {
    "sley_listen_options": ({"listen"}, {"host": "address"}),
}

# What has no form in its place: name -> what to do by hand.
GONE = {
    "sley_balance_options": "in sley_server_options serve is bare, and listen a list of pointers: .listen = (const sley_listen_options *const[]){&at}, .listens = 1",
    "sley_tcp_shutdown": "sley_io_end gives a promise: wait for it, or sley_error_drop(sley_ignore_result(sley_io_end(io)))",
    "sley_tcp_peer": "sley_socket_peer gives an address, and sley_address_text its text",
    "sley_retry_lwt_delay": "the options of sley_retry say it: .base = 4, .most = INFINITY, .times_attempt = true",
}
