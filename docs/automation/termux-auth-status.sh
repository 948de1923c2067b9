#!/bin/sh
# For Termux on a phone: asks a host over ssh how its credentials are, and puts a notification up while something is wrong.
# A tap on it opens termux-auth-widget.sh, which lies beside this file or a folder above. Needs Termux:API, and: pkg install termux-api openssh
#
#   termux-job-scheduler --script ~/.shortcuts/tasks/termux-auth-status.sh --period-ms 1800000 --persisted true
#
# Run from the widget (as it lies in ~/.shortcuts/tasks) or with --toast, it says how it is in any case.
# ~/.config/traseai-phone says whom to ask:
#   TRASEAI_HOST=me@my-server              what ssh takes; the key must not need a passphrase, or be in an agent
#   TRASEAI_COMMAND=/usr/local/bin/traseai  only if traseai is not on the PATH that ssh gives
set -u
umask 077
# Jobs and taps come without an environment.
PREFIX=${PREFIX:-/data/data/com.termux/files/usr}
HOME=${HOME:-/data/data/com.termux/files/home}
PATH=$PREFIX/bin:${PATH:-/system/bin}
export PREFIX HOME PATH LC_ALL=C

here=$(CDPATH='' cd "$(dirname "$0")" && pwd)
case ${1-}:$here in
--toast:* | *:*/.shortcuts/tasks) toast=1 ;;
*) toast= ;;
esac

settings=${XDG_CONFIG_HOME:-$HOME/.config}/traseai-phone
# shellcheck source=/dev/null
[ ! -f "$settings" ] || . "$settings"
if [ -z "${TRASEAI_HOST:-}" ]; then
  termux-toast "TraseAI: write TRASEAI_HOST=… to $settings"
  exit 78
fi

state=${XDG_STATE_HOME:-$HOME/.local/state}/traseai-phone
mkdir -p "$state" || exit 73
answer=$state/answer.$$
trap 'rm -f "$answer"' EXIT
trap 'exit 143' INT TERM HUP

ssh -o BatchMode=yes -o ConnectTimeout=15 -- "$TRASEAI_HOST" \
  "${TRASEAI_COMMAND:-traseai} --no-start --json models status --check" >"$answer" 2>&1 </dev/null
status=$?

# The messages of the report, one a line.
messages() {
  awk '
    /^    "problems": \[$/ { on = 1 }
    /^    \]/ { on = 0 }
    on && /^        "message": "/ {
      sub(/^ *"message": "/, ""); sub(/",?$/, ""); gsub(/\\"/, "\""); gsub(/\\\\/, "\\")
      print
    }
  ' "$answer"
}
text=
priority=high
case $status in
0) title='credentials: all is well' ;;
1) title='a credential is expired or missing' text=$(messages) ;;
2) title='a credential is expiring' text=$(messages) priority=default ;;
69) title="the gateway of $TRASEAI_HOST is down" text='start it: traseai gateway start' ;;
127) title="there is no traseai on $TRASEAI_HOST" text="set TRASEAI_COMMAND in $settings" ;;
255) title="$TRASEAI_HOST cannot be reached" text=$(tail -n 1 "$answer") priority=low ;;
*) title="the check on $TRASEAI_HOST failed (exit status $status)" text=$(tail -n 3 "$answer") ;;
esac
[ -z "$toast" ] || termux-toast "TraseAI: $title"

# A phone is often without a network; an hour of it is worth a word.
failed=$state/unreachable
if [ "$status" -eq 255 ]; then
  echo x >>"$failed"
  [ "$(wc -l <"$failed")" -ge 3 ] || exit "$status"
else
  rm -f "$failed"
fi

shown=$state/shown
if [ "$status" -eq 0 ]; then
  rm -f "$shown"
  termux-notification-remove traseai-auth
  exit 0
fi
# What was swiped away comes back when something else is wrong, or after a day.
if [ "$title: $text" = "$(cat "$shown" 2>/dev/null)" ] && [ -z "$(find "$shown" -prune -mmin +1440 2>/dev/null)" ]; then
  exit "$status"
fi
widget=$here/termux-auth-widget.sh
[ -f "$widget" ] || widget=$(dirname "$here")/termux-auth-widget.sh
# A tap hands it to a shell. `am` opens a terminal, if ~/.termux/termux.properties says: allow-external-apps = true
quoted=$(printf %s "$widget" | sed "s/'/'\\\\''/g")
open="$PREFIX/bin/am startservice --user 0 -n com.termux/com.termux.app.RunCommandService -a com.termux.RUN_COMMAND --es com.termux.RUN_COMMAND_PATH '$quoted' --ez com.termux.RUN_COMMAND_BACKGROUND false"
if termux-notification --id traseai-auth --alert-once --icon vpn_key --priority "$priority" \
  --title "TraseAI: $title" --content "$text" --action "$open" --button1 'Sign in' --button1-action "$open"; then
  printf %s "$title: $text" >"$shown"
fi
exit "$status"
