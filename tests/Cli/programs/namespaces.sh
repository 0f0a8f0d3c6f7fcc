#!/bin/bash
# needs: unshare ps
# not in a chroot
# Namespaces as root and as somebody who becomes root in his own.
unshare -pf --mount-proc sh -c 'echo $$; ps -e -o pid= | head -1 | tr -d " "'
unshare -Ur sh -c 'id -u; cat /proc/self/uid_map | tr -s " "; cat /proc/self/setgroups'
unshare -Urpf --mount-proc sh -c 'echo $$; id -un; ls /proc | grep -c "^[0-9]"'
unshare -u sh -c 'hostname inner; hostname'
unshare -m sh -c 'mount -t tmpfs none /mnt && touch /mnt/file && ls /mnt'; ls /mnt | wc -l
unshare -n sh -c 'echo net $?'; unshare -C sh -c 'cut -d: -f3 /proc/self/cgroup | tail -1'
unshare -Urm sh -c 'mount -t tmpfs none /mnt && echo mounted; mount -t devtmpfs none /mnt 2>/dev/null || echo refused'
