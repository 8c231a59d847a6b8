# Keeps the programs of a container that use only operations of the promise core:
#     awk -f select-core.awk targeted.txt > targeted-core.txt
# A program that mentions any other operation, even in a block that never runs, is left out whole.
BEGIN {
  count = split("block end next ret retp fail raise return failed wait task wakeup wakeup_exn " \
                "wakeup_later wakeup_later_exn cancel protected no_cancel wrap_in_cancelable bind " \
                "map catch try_bind finalize apply wrap on_success on_failure on_termination on_any " \
                "on_cancel async dont_wait ignore_result join both all choose pick nchoose npick " \
                "nchoose_split state poll pause run_paused paused_count abandon_paused " \
                "pause_notifier key with_value getkey", names, " ")
  for (i = 1; i <= count; i++) known[names[i]] = 1
}
function flush() { if (text != "" && core) printf "%s", text }
/^=== / { flush(); text = ""; core = 1; in_trace = 0 }
/^--- trace$/ { in_trace = 1 }
{
  if (!in_trace && $1 != "===" && NF > 0 && $1 !~ /^#/) {
    if (!($1 in known) || ($1 == "next" && NF > 1)) core = 0
  }
  text = text $0 "\n"
}
END { flush() }
