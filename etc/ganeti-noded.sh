# shellcheck shell=sh
# Starts the daemon in the background. `main.js` can do so by itself; here no process of Node.js waits for it, which saves a
# third of the time. Source this with the daemon's command line, and with two variables:
#   $noded_node   Node.js
#   $noded_main   main.js
# The exit status is 0 when the daemon takes calls, and 1 with the reason on standard error when it does not.

for option in "$@"; do
  case $option in
    # These stay in the foreground, or -f or -h is among the letters: where it is but part of a value, main.js knows better.
    --foreground | --help | --version | -[fh]* | -[!-]*[fh]*) exec "$noded_node" "$noded_main" "$@" ;;
  esac
done

# The report comes through descriptor 3 (src/system/command/background.ts).
export CHROOT_NODED_REPORT_FD=3
report=$(
  {
    setsid "$noded_node" --max-semi-space-size=4 "$noded_main" "$@" --foreground \
      3>&1 >/dev/null 2>&1 </dev/null &
  } | timeout 60 cat
) || report='it did not report within 60 s'
[ "$report" = ready ] && exit 0
echo "chroot-noded: The daemon did not start: ${report:-it exited without reporting an error}" >&2
exit 1
