#!/bin/bash
# Runs a command as the only work of a host that may be wrecked: nothing that it does reaches this machine.
#
# usage: throw-away-host NAME PROJECT COMMAND...     (as root; NAME tells its control groups and files apart)
#
# What holds it, each by itself: namespaces of its own for mounts, processes, network, names, IPC and control groups; a
# root whose changes go to memory, with the real one out of reach; a /dev with nothing but harmless devices and loop
# devices, and a device filter of the kernel's where there is one; no capability to reboot or to touch clock, modules
# or kernel log; /proc and /sys that cannot be written to; a limit on memory and processes.
set -Eeuo pipefail

readonly CONTROLLERS=(memory pids devices cpu cpuacct freezer unified)
readonly MEMORY_BYTES=$((1536 * 1024 * 1024)) PROCESSES=1000
readonly DISK=size=512m SMALL=size=64m
readonly NAMESPACES=(--mount --uts --ipc --net --pid --cgroup --fork --kill-child --propagation private)
readonly DROPPED=-sys_boot,-sys_time,-sys_module,-sys_rawio,-syslog,-mac_admin,-mac_override,-wake_alarm,-audit_control

# ---- on this machine

confine() {
  local group
  (($(id -u) == 0)) || die 'must be root'
  for group in $(groups); do
    mkdir "$group"
    write_if_there "$MEMORY_BYTES" "$group/memory.limit_in_bytes" "$group/memory.max"
    write_if_there "$PROCESSES" "$group/pids.max"
    if [[ -e $group/devices.deny ]]; then filter_devices "$group"; fi
    echo $$ >"$group/cgroup.procs"
  done
  exec setpriv --bounding-set="$DROPPED" --inh-caps=-all -- \
    unshare "${NAMESPACES[@]}" bash "$0" --boot "$NAME" "$@"
}

# In every hierarchy that the daemon could use: those of version 1, or the one of version 2.
groups() {
  local controller
  for controller in "${CONTROLLERS[@]}"; do
    if [[ -d /sys/fs/cgroup/$controller ]]; then echo "/sys/fs/cgroup/$controller/$NAME"; fi
  done
  if [[ -e /sys/fs/cgroup/cgroup.procs ]]; then echo "/sys/fs/cgroup/$NAME"; fi
}

write_if_there() {
  local value=$1 file
  shift
  for file in "$@"; do
    if [[ -e $file ]]; then echo "$value" >"$file"; fi
  done
}

# null, zero, full, random, urandom, loop-control and loop devices; no disk, no memory, no console.
filter_devices() {
  local device
  echo a >"$1/devices.deny"
  for device in 'c 1:3' 'c 1:5' 'c 1:7' 'c 1:8' 'c 1:9' 'c 10:237' 'b 7:*'; do
    echo "$device rwm" >"$1/devices.allow"
  done
}

# ---- in its namespaces, as process 1

boot() {
  local project=$1 work=/mnt root=/mnt/root disk is_filtered=no
  disk=$(mountpoint -d /)
  if [[ -d /sys/fs/cgroup/devices ]]; then is_filtered=yes; fi
  mount --make-rprivate /
  mount -t tmpfs -o "$DISK" "$NAME" $work
  mkdir $work/upper $work/work $root
  mount -t overlay -o "nodev,lowerdir=/,upperdir=$work/upper,workdir=$work/work" overlay $root
  make_devices $root/dev
  mount -t tmpfs -o "nodev,$SMALL" tmpfs $root/run
  mount -t tmpfs -o "nodev,mode=1777,$SMALL" tmpfs $root/tmp
  mkdir $root/run/lock
  make_proc $root/proc $work/cover
  mount -t sysfs -o ro sysfs $root/sys
  make_control_groups $root/sys/fs/cgroup
  mkdir -p "$root$project" $root/.old
  mount --bind -o ro "$project" "$root$project"
  cd $root
  pivot_root . .old
  cd /
  umount -l /.old
  make_network
  make_safe_programs
  check "$disk" "$is_filtered"
}

make_devices() {
  local device loop
  mount -t tmpfs -o mode=755,size=1m tmpfs "$1"
  for device in null:1:3 zero:1:5 full:1:7 random:1:8 urandom:1:9 loop-control:10:237; do
    mknod -m 666 "$1/${device%%:*}" c "$(cut -d: -f2 <<<"$device")" "${device##*:}"
  done
  # The kernel picks any that is free.
  for ((loop = 0; loop < 1024; loop++)); do mknod -m 660 "$1/loop$loop" b 7 "$loop"; done
  ln -s /proc/self/fd "$1/fd"
}

make_proc() {
  mount -t proc proc "$1"
  echo covered >"$2"
  # Not every kernel has it.
  if [[ -e $1/sysrq-trigger ]]; then mount --bind "$2" "$1/sysrq-trigger"; fi
  # Should the cover ever go: what is below it cannot be written to.
  mount -o remount,bind,ro "$1"
}

# Seen from in here, the groups that we are in are the topmost.
make_control_groups() {
  local controller
  if [[ -e /sys/fs/cgroup/cgroup.procs ]]; then
    mount -t cgroup2 cgroup2 "$1"
    leave_top "$1"
    return
  fi
  mount -t tmpfs -o "$SMALL" tmpfs "$1"
  for controller in memory cpu cpuacct freezer; do
    if [[ -d /sys/fs/cgroup/$controller ]]; then
      mkdir "$1/$controller"
      mount -t cgroup -o "$controller" cgroup "$1/$controller"
    fi
  done
  if [[ -d /sys/fs/cgroup/unified ]]; then
    mkdir "$1/unified"
    mount -t cgroup2 cgroup2 "$1/unified"
  fi
}

# Only a group without processes can pass controllers on.
leave_top() {
  mkdir "$1/init"
  echo $$ >"$1/init/cgroup.procs"
}

# An address of a node, on a link that leads nowhere.
make_network() {
  hostname node1.fuzz.test
  ip link set lo up
  ip link add eth0 type veth peer name nowhere
  ip addr add 10.99.0.1/24 dev eth0
  ip link set eth0 up
  : >/etc/resolv.conf
}

# What could reach beyond, or take minutes, if all else failed.
make_safe_programs() {
  local program
  for program in reboot shutdown poweroff halt; do
    rm -f "/usr/sbin/$program"
    printf '#!/bin/sh\necho "%s: not here" >&2\nexit 1\n' "$program" >"/usr/sbin/$program"
    chmod 755 "/usr/sbin/$program"
  done
}

# Better not to run than to run on the machine itself.
check() {
  [[ $$ == 1 ]] || die 'not process 1'
  [[ ! -e /proc/sysrq-trigger || $(</proc/sysrq-trigger) == covered ]] || die '/proc/sysrq-trigger is not covered'
  [[ ! -e /.old/proc && -z $(find /dev -type b ! -name 'loop*') ]] || die 'the machine can be seen'
  [[ $(stat -f -c %T /) == overlayfs ]] || die 'the root is not an overlay'
  ! setpriv --dump | grep -q '^Capability bounding set:.*sys_boot' || die 'it could reboot'
  ! touch /proc/sys/kernel/panic 2>/dev/null || die '/proc can be written to'
  if [[ -e /dev/disk ]] || { [[ $2 == yes ]] && mknod /dev/disk b "${1%%:*}" "${1##*:}" 2>/dev/null; }; then
    die 'the disk can be reached'
  fi
  if ip route get 1.1.1.1 >/dev/null 2>&1; then die 'the network leads out'; fi
}

die() {
  echo "throw-away-host: $*" >&2
  exit 1
}

if [[ $1 == --boot ]]; then
  readonly NAME=$2
  boot "$3"
  # Not by exec: who is process 1 has to look after orphans, and bash does.
  "${@:4}"
  exit
fi
readonly NAME=$1
confine "${@:2}"
