#!/bin/sh
# For Termux:Widget on a phone, in ~/.shortcuts: shows how the credentials of a host are, and signs in where one has to be renewed.
# Settings: see termux-auth-status.sh. Signing in shows the address of the provider's page, and takes the code that the page shows.
set -u
PREFIX=${PREFIX:-/data/data/com.termux/files/usr}
HOME=${HOME:-/data/data/com.termux/files/home}
PATH=$PREFIX/bin:${PATH:-/system/bin}
export PREFIX HOME PATH

settings=${XDG_CONFIG_HOME:-$HOME/.config}/traseai-phone
# shellcheck source=/dev/null
[ ! -f "$settings" ] || . "$settings"
if [ -z "${TRASEAI_HOST:-}" ]; then
  echo "Write TRASEAI_HOST=… to $settings: the host to ask, as ssh takes it."
  printf 'Enter closes this: ' && read -r _
  exit 78
fi
traseai=${TRASEAI_COMMAND:-traseai}

# With a terminal, so that ssh may ask for a passphrase and the report is drawn for this width.
ssh -t -o ConnectTimeout=15 -- "$TRASEAI_HOST" "$traseai --no-start models status --check"
status=$?
echo

sign_in() {
  echo 'Which credential? Its id, as it is shown above, such as anthropic:default.'
  printf 'credential [a new one of anthropic]: '
  read -r id
  provider=anthropic
  # It becomes part of a command: nothing but what an id can be.
  case $id in
  '') ;;
  *[!A-Za-z0-9:._-]* | :* | *:*:* | -*)
    echo 'That is no id of a credential.'
    return
    ;;
  *:*)
    provider=${id%%:*}
    set -- --profile-id "$id"
    ;;
  *) set -- --profile-id "$provider:$id" ;;
  esac
  ssh -t -- "$TRASEAI_HOST" "$traseai models auth setup-token --provider $provider $*"
}

case $status in
0) answer= ;;
1 | 2)
  printf 's signs in, d runs the doctor, Enter closes this: '
  read -r answer
  ;;
69)
  printf 'g starts the gateway, d runs the doctor, Enter closes this: '
  read -r answer
  ;;
*)
  printf 'd runs the doctor, Enter closes this: '
  read -r answer
  ;;
esac
case $answer in
s) sign_in ;;
g) ssh -t -- "$TRASEAI_HOST" "$traseai gateway start" ;;
d) ssh -t -- "$TRASEAI_HOST" "$traseai doctor" ;;
*) exit "$status" ;;
esac
printf 'Enter closes this: ' && read -r _
