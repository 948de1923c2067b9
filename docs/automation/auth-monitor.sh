#!/bin/sh
# Looks at the credentials of TraseAI and tells of what is wrong, once for each matter and once more at half of the time that is left.
# For cron: quiet while all is well. Its exit status is that of `traseai models status --check`:
#   0 fine, 1 expired or missing, 2 expiring, 69 the gateway is down, 78 broken settings; 75 when nobody of `notify` could be told,
#   or when another run is still at work.
#
#   */30 * * * * /path/to/auth-monitor.sh
#
# People are told through `notify` of traseai.json, by TraseAI itself. Where that is not set up, or must not be relied upon, by ntfy:
#   NTFY_URL         address of a topic: https://ntfy.sh/a-name-that-nobody-guesses
#   NTFY_TOKEN_FILE  file with an access token for it
# And what is told goes to standard output, which cron mails. Further settings:
#   TRASEAI                what to run (default: traseai, looked for where installers put it)
#   TRASEAI_MONITOR_STATE  folder for what was told (default: ~/.local/state/traseai-auth-monitor)
#   TRASEAI_RETRY_SECONDS  how long a gateway may take to restart before it counts as down (default: 15)
# Option -v: says how it is in any case.
set -u
umask 077
export LC_ALL=C NO_COLOR=1

verbose=
case ${1-} in
'') ;;
-v) verbose=1 ;;
*)
  echo 'usage: auth-monitor.sh [-v]' >&2
  exit 64
  ;;
esac

# cron's PATH is short, and Node is where TraseAI is.
PATH=${PATH:-/usr/bin:/bin}:/usr/local/bin:/opt/homebrew/bin:${HOME:-/}/.local/bin:${HOME:-/}/.npm-global/bin
export PATH
traseai=${TRASEAI:-traseai}
if ! command -v "$traseai" >/dev/null; then
  echo "auth-monitor: there is no $traseai on $PATH; set TRASEAI" >&2
  exit 69
fi

state=${TRASEAI_MONITOR_STATE:-${XDG_STATE_HOME:-${HOME:-/}/.local/state}/traseai-auth-monitor}
mkdir -p "$state" || exit 73
lock=$state/lock
told=$state/told
tab=$(printf '\t')

# A run that was killed leaves its lock behind; its process id may be another's by now, so that an old lock counts as left, too.
is_held() {
  holder=$(cat "$lock/pid" 2>/dev/null) || holder=
  [ -n "$holder" ] || sleep 1
  holder=$(cat "$lock/pid" 2>/dev/null) || return 1
  kill -0 "$holder" 2>/dev/null && [ -z "$(find "$lock" -prune -mmin +60 2>/dev/null)" ]
}
if ! mkdir "$lock" 2>/dev/null; then
  if is_held; then
    [ -z "$verbose" ] || echo "another run is still at work (pid $holder)"
    exit 75
  fi
  # Of several that find it left, one moves it away.
  mv "$lock" "$lock.$$" 2>/dev/null && rm -rf "$lock.$$"
  mkdir "$lock" 2>/dev/null || exit 75
fi
echo $$ >"$lock/pid"
work=$state/work.$$
trap 'rm -rf "$work" "$lock"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
mkdir "$work" || exit 73

# A gateway that is just restarting is no news; the check itself would tell it at once.
"$traseai" --no-start gateway status >/dev/null 2>&1 </dev/null
[ $? -ne 69 ] || sleep "${TRASEAI_RETRY_SECONDS:-15}"
set -- --no-start --json models status --check
[ -n "${NTFY_URL:-}" ] || set -- "$@" --notify
"$traseai" "$@" >"$work/report" 2>"$work/errors" </dev/null
status=$?

# One line a problem: code, credential, what is wrong, what to do.
problems() {
  awk '
    function text(line) {
      sub(/^ *"[^"]*": "/, "", line); sub(/",?$/, "", line)
      gsub(/\\"/, "\"", line); gsub(/\\\\/, "\\", line)
      return line
    }
    /^    "problems": \[$/ { on = 1 }
    /^    \]/ { on = 0 }
    on && /^      \{/ { code = id = message = hint = "" }
    on && /^        "code": "/ { code = text($0) }
    on && /^        "profileId": "/ { id = text($0) }
    on && /^        "message": "/ { message = text($0) }
    on && /^        "hint": "/ { hint = text($0) }
    on && /^      \}/ { print code "\t" id "\t" message "\t" hint }
  ' "$work/report"
}
# `{"error":{"code":…,"message":…,"hint":…}}`, else whatever it said last.
failure() {
  awk -v status="$1" '
    function field(name, value) {
      if (!match(line, "\"" name "\":\"([^\"\\\\]|\\\\.)*\"")) return ""
      value = substr(line, RSTART + length(name) + 4, RLENGTH - length(name) - 5)
      gsub(/\\"/, "\"", value); gsub(/\\n/, "; ", value); gsub(/\\\\/, "\\", value)
      return value
    }
    { line = $0 }
    END {
      message = field("message")
      if (message == "") message = "the check failed (exit status " status ")" (line == "" ? "" : ": " line)
      print "status " status "\t\t" message "\t" field("hint")
    }
  ' "$work/errors"
}
case $status in
0) : >"$work/problems" ;;
# 75: `notify` took it nowhere. Then cron's mail does.
1 | 2 | 75) problems >"$work/problems" ;;
*) failure "$status" >"$work/problems" ;;
esac
if [ "$status" -ne 0 ] && ! [ -s "$work/problems" ]; then failure "$status" >"$work/problems"; fi

# What is due, and what will have been told when it is: key, when first, how often. A matter that is over is forgotten.
# -1: a time in the text is that of the end, and without one there is no half of what is left.
now=$(date +%s)
[ -f "$told" ] || : >"$told"
awk -F "$tab" -v now="$now" -v due="$work/due" -v after="$work/told" '
  function days(y, m, d) { # since 1970-01-01, by the Gregorian calendar
    if (m <= 2) { y--; m += 12 }
    return 365 * y + int(y / 4) - int(y / 100) + int(y / 400) + int((153 * (m - 3) + 2) / 5) + d - 719469
  }
  function ending(text, at) {
    if (!match(text, /[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]/)) return -1
    at = substr(text, RSTART, RLENGTH)
    return days(substr(at, 1, 4) + 0, substr(at, 6, 2) + 0, substr(at, 9, 2) + 0) * 86400 + substr(at, 12, 2) * 3600 + substr(at, 15, 2) * 60 + substr(at, 18, 2)
  }
  FILENAME == ARGV[1] { first[$1] = $2; times[$1] = $3; next }
  {
    key = $1 " " $2 " " ($1 ~ /^status/ ? "" : $3)
    if (!(key in first)) { first[key] = now; times[key] = 0 }
    end = ending($3)
    if (times[key] == 0 || (times[key] == 1 && end > first[key] && now < end && now >= first[key] + (end - first[key]) / 2)) {
      times[key]++
      print >due
    }
    print key "\t" first[key] "\t" times[key] >after
  }
' "$told" "$work/problems"
[ -f "$work/told" ] || : >"$work/told"

words() {
  awk -F "$tab" '{ print $3; if ($4 != "") print "  " $4 }' "$1"
}

send() {
  case $status in
  1) title='a credential is expired or missing' priority=high ;;
  2) title='a credential is expiring' priority=default ;;
  69) title='the gateway is down' priority=high ;;
  *) title='the check of the credentials failed' priority=high ;;
  esac
  {
    # The address and the token are nobody's business who lists processes: curl reads them.
    printf 'url = "%s"\n' "$NTFY_URL"
    [ -z "${NTFY_TOKEN_FILE:-}" ] || printf 'header = "Authorization: Bearer %s"\n' "$(cat "$NTFY_TOKEN_FILE")"
  } | curl --config - --fail --silent --show-error --max-time 30 --output /dev/null \
    --header "Title: TraseAI on $(uname -n): $title" --header "Priority: $priority" --header 'Tags: key' \
    --data-binary "@$work/text"
}

if [ -s "$work/due" ]; then
  words "$work/due" | tee "$work/text"
  if [ -n "${NTFY_URL:-}" ] && ! send; then
    echo 'auth-monitor: ntfy did not take it; it is tried again at the next run' >&2
    exit "$status"
  fi
elif [ -n "$verbose" ]; then
  if [ -s "$work/problems" ]; then words "$work/problems"; else echo 'credentials: all is well'; fi
fi
mv "$work/told" "$told"
exit "$status"
