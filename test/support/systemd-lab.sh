#!/usr/bin/env bash
# Boots the machine's own systemd as process 1 of namespaces of its own, over a throw-away layer above the root file system.
# systemd-lab.ts calls it and holds its standard input open: when that ends, for whatever reason, everything that was started is killed.
#
#   systemd-lab.sh probe FOLDER LAYOUT              exit 0 where a lab can be, and prints what can be limited there; says what is refused
#   systemd-lab.sh boot FOLDER LAYOUT NODE PROJECT  prints `booted PID` for each boot, `ended STATUS` when there is no further one
#
# FOLDER is an empty one, for mounts that nobody else sees. LAYOUT is that of control groups: `unified` as systems have it now, or `hybrid`,
# which some machines need to limit memory. In the lab PROJECT is /opt/traseai, and NODE is /opt/node/bin/node.
set -euo pipefail
export PATH=$PATH:/usr/sbin:/sbin

self=$(realpath "${BASH_SOURCE[0]}")
step=$1 folder=$2 layout=$3
root=$folder/root

# Nothing that this machine has enabled, mounts or logs belongs to the lab.
lay_root() {
  mkdir "$folder/upper" "$folder/work" "$root"
  mount -t overlay overlay -o "lowerdir=/,upperdir=$folder/upper,workdir=$folder/work" "$root"
  cd "$root"
  local place
  for place in etc/systemd/{system,user} var/log/journal opt; do
    mkdir -p "$place"
    mount -t tmpfs -o mode=0755 tmpfs "$place"
  done
  # No file system of its own: systemd keeps no keys where they may be gone tomorrow.
  rm -rf var/lib/systemd/* etc/credstore etc/credstore.encrypted
  : >etc/fstab
  echo lab >etc/hostname
  tr -d - </proc/sys/kernel/random/uuid >etc/machine-id
}

# Units that would change what all of this machine shares, or that wait for hardware.
mask_units() {
  local unit
  for unit in getty.target tmp.mount dev-{hugepages,mqueue}.mount sys-{kernel-config,kernel-debug,kernel-tracing,fs-fuse-connections}.mount \
    proc-sys-fs-binfmt_misc.automount systemd-tmpfiles-clean.timer \
    systemd-{sysctl,modules-load,binfmt,firstboot,udevd,random-seed,timesyncd,networkd-wait-online,pcrphase,pcrphase-sysinit}.service; do
    ln -s /dev/null "etc/systemd/system/$unit"
  done
}

# Both may lie in file systems of their own, or where only this user may look.
bring_in() {
  local node=$1 project=$2
  mkdir -p opt/traseai opt/node/bin
  mount --rbind "$project" opt/traseai
  mount -o remount,bind,ro opt/traseai
  touch opt/node/bin/node
  mount --bind "$node" opt/node/bin/node
}

# Somebody whose services run from boot.
add_user() {
  chroot . useradd --create-home --shell /bin/bash dora
  mkdir -p var/lib/systemd/linger
  touch var/lib/systemd/linger/dora
}

# What every boot finds anew.
mount_machine() {
  cd "$root"
  mount -t proc proc proc
  # The kernel's settings are the whole machine's.
  mount --bind proc/sys proc/sys
  mount -o remount,bind,ro proc/sys
  mount -t sysfs -o ro sysfs sys
  mount_control_groups sys/fs/cgroup
  mount -t tmpfs -o mode=0755 tmpfs run
  mount -t tmpfs -o mode=1777 tmpfs tmp
  mount -t tmpfs -o mode=0755 tmpfs dev
  local device
  for device in null zero full random urandom tty; do
    touch "dev/$device"
    mount --bind "/dev/$device" "dev/$device"
  done
  mkdir dev/pts dev/shm
  mount -t tmpfs -o mode=1777 tmpfs dev/shm
  mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts
  ln -s pts/ptmx dev/ptmx
  ln -s /proc/self/fd dev/fd
}

# Some unit or other may have failed, which is `degraded`.
until_booted() {
  local state
  for _ in $(seq 400); do
    state=$(nsenter --target "$1" --mount --pid --cgroup --root --wdns=/ systemctl is-system-running --wait 2>/dev/null) || true
    case $state in running | degraded) return ;; esac
    kill -0 "$1" 2>/dev/null || break
    sleep 0.05
  done
  echo "systemd is ${state:-gone}" >&2
  return 70
}

# In namespaces of its own, but for processes: one boot after the other.
boot_again_and_again() {
  ip link set lo up
  local ended launcher first
  while true; do
    setpriv --pdeathsig KILL unshare --pid --fork --kill-child --mount --uts --ipc bash "$self" machine "$folder" "$layout" &
    launcher=$!
    until first=$(pgrep -P "$launcher"); do kill -0 "$launcher" || break; done
    until_booted "$first"
    echo "booted $first"
    ended=0
    wait "$launcher" || ended=$?
    # reboot(2): a first process that reboots ends with SIGHUP, one that powers off with SIGINT.
    [ "$ended" -eq 129 ] || return "$ended"
  done
}

# Seen from within the lab, each hierarchy begins at the lab's own group.
mount_control_groups() {
  if [ "$layout" = unified ]; then
    mount -t cgroup2 cgroup2 "$1"
    return
  fi
  mount -t tmpfs -o mode=0755 tmpfs "$1"
  mkdir "$1/unified" "$1/memory"
  mount -t cgroup2 cgroup2 "$1/unified"
  mount -t cgroup -o memory cgroup "$1/memory"
}

# A group of its own in every hierarchy, so that labs side by side do not meet, and so that all of one can be killed at once.
make_groups() {
  groups=()
  local controllers place
  while IFS=: read -r _ controllers _; do
    if [ -n "$controllers" ] && [ "$layout" = unified ]; then continue; fi
    place=$folder/groups-${controllers:-unified}
    mkdir "$place"
    if [ -z "$controllers" ]; then mount -t cgroup2 cgroup2 "$place"; else mount -t cgroup -o "$controllers" cgroup "$place"; fi
    mkdir "$place/traseai-lab-$$"
    if [ "$controllers" = cpuset ]; then # one without processors can hold nobody
      cat "$place/cpuset.cpus" >"$place/traseai-lab-$$/cpuset.cpus"
      cat "$place/cpuset.mems" >"$place/traseai-lab-$$/cpuset.mems"
    fi
    groups+=("$place/traseai-lab-$$")
  done </proc/self/cgroup
}

kill_groups() {
  echo 1 >"$folder/groups-unified/traseai-lab-$$/cgroup.kill"
  local group
  for group in "${groups[@]}"; do
    until find "$group" -depth -type d -exec rmdir {} + 2>/dev/null; do sleep 0.01; done
  done
}

case $step in
probe | boot)
  status=0
  unshare --mount bash "$self" "in-mounts-$step" "${@:2}" || status=$?
  rmdir "$folder"
  exit "$status"
  ;;
in-mounts-probe)
  mount -t tmpfs tmpfs "$folder"
  make_groups
  trap kill_groups EXIT
  if [ "$layout" = hybrid ]; then ls "$folder"; else cat "${groups[0]}/cgroup.controllers"; fi
  lay_root
  unshare --cgroup --net --pid --fork --mount --uts --ipc bash "$self" probe-machine "$folder" "$layout"
  ;;
probe-machine) mount_machine ;;
in-mounts-boot)
  trap '' INT TERM HUP PIPE
  mount -t tmpfs -o mode=0755 tmpfs "$folder"
  make_groups
  trap kill_groups EXIT
  (lay_root && mask_units && bring_in "$4" "$5" && add_user)
  (
    status=0
    bash -c 'for group in "${@:4}"; do echo $$ >"$group/cgroup.procs" || exit; done
      exec setpriv --pdeathsig KILL unshare --cgroup --net bash "$1" boots "$2" "$3"' lab "$self" "$folder" "$layout" "${groups[@]}" || status=$?
    echo "ended $status"
  ) &
  while read -r _; do :; done
  ;;
boots) boot_again_and_again ;;
machine)
  mount_machine
  # A mere chroot would forbid its services namespaces of users.
  mkdir run/outside
  pivot_root . run/outside
  umount --lazy run/outside
  rmdir run/outside
  # In a container systemd leaves that to whoever made it; credentials come to services by it.
  mount --make-rshared /
  exec env -i container=other PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    /lib/systemd/systemd --system --unit=multi-user.target --log-target=journal --show-status=0
  ;;
esac
