#!/usr/bin/env bash
# A Slurm cluster of one node on the loopback address, without systemd and without accounting; for tests only.
#   one_node.sh start DIR    writes DIR and /etc/slurm/slurm.conf, starts munged, slurmctld and slurmd, waits for the node
#   one_node.sh stop DIR     stops what was started and removes the configuration
# Needs root and Debian's slurm-wlm and munge. Refuses to touch a machine that has a configuration already.
set -euo pipefail
action=$1 dir=$2
conf=/etc/slurm/slurm.conf
mark="# written by tests/cluster/one_node.sh"

stop() {
  for name in slurmd slurmctld munged; do
    [ -s "$dir/$name.pid" ] && kill "$(cat "$dir/$name.pid")" 2>/dev/null || true
  done
  for _ in $(seq 50); do
    alive=0
    for name in slurmd slurmctld munged; do
      [ -s "$dir/$name.pid" ] && kill -0 "$(cat "$dir/$name.pid")" 2>/dev/null && alive=1
    done
    [ "$alive" = 0 ] && break
    sleep 0.1
  done
  grep -qF "$mark" "$conf" 2>/dev/null && rm -f "$conf"
  return 0
}

start() {
  if [ -e "$conf" ] && ! grep -qF "$mark" "$conf"; then
    echo "$conf belongs to a real cluster" >&2
    exit 3
  fi
  host=$(hostname -s)
  mkdir -p "$dir/state" "$dir/spool" /etc/slurm
  chmod 755 "$dir"
  cat >"$conf" <<EOF
$mark
ClusterName=one
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$dir/munge.socket
CredType=cred/munge
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool
SlurmctldPidFile=$dir/slurmctld.pid
SlurmdPidFile=$dir/slurmd.pid
SlurmctldLogFile=$dir/slurmctld.log
SlurmdLogFile=$dir/slurmd.log
SlurmctldPort=16817
SlurmdPort=16818
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
SchedulerParameters=sched_interval=1,bf_interval=1
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) RealMemory=2000 State=UNKNOWN
PartitionName=debug Nodes=$host Default=YES MaxTime=INFINITE State=UP
EOF
  dd if=/dev/urandom of="$dir/munge.key" bs=1 count=1024 status=none
  chmod 400 "$dir/munge.key"
  munged --force --key-file="$dir/munge.key" --socket="$dir/munge.socket" --pid-file="$dir/munged.pid" \
    --log-file="$dir/munged.log" --seed-file="$dir/munge.seed"
  slurmctld -c
  slurmd
  for _ in $(seq 100); do
    sinfo -h -o %t 2>/dev/null | grep -q idle && return 0
    sleep 0.2
  done
  tail -n 20 "$dir"/*.log >&2
  exit 4
}

"$action"
