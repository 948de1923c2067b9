#!/bin/sh
# What a program can do where it runs: prints the names of those tries that succeed.
try() {
  name=$1
  shift
  "$@" >/dev/null 2>&1 && printf '%s,' "$name"
}
try write-etc touch /etc/written-by-a-service
try write-usr touch /usr/written-by-a-service
try write-home touch "$HOME/written-by-a-service"
try see-homes ls /home/dora
try see-first-process test -e /proc/1
try see-kernel-log dmesg
try see-disks ls /dev/kmsg
try new-namespace unshare --user true
try packet-socket python3 -c 'import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)'
try netlink-socket python3 -c 'import socket; socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)'
try unix-socket python3 -c 'import socket; socket.socket(socket.AF_UNIX)'
try set-hostname hostname changed
try realtime chrt --fifo 1 true
echo done-looking-around
