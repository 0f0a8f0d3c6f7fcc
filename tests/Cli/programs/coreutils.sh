#!/bin/bash
# needs: find xargs
export LC_ALL=C TZ=UTC
d=$(mktemp -d /tmp/cu.XXXXXX); cd "$d" || exit 1
mkdir -p a/b/c; echo one > a/1; echo two > a/b/2; printf '3\n1\n2\n' > a/b/c/3
ln -s ../1 a/b/link; ln a/1 a/hard; chmod 640 a/1; touch -d '2020-01-02 03:04:05' a/b/2
ls -1RF a; ls -l a/b/2 | awk '{print $1,$2,$6,$7,$8}'
stat -c '%n %s %a %F %h' a/1 a/b/link; stat -c '%n %a %F %h' a/b
cp -a a copy; diff -r a copy && echo same
mv copy moved; rm -r moved/b/c; find moved | sort
find a -type f -newermt 2021-01-01 | sort; find a -type l -printf '%p -> %l\n'
find a -type f -print0 | xargs -0 -n1 basename | sort
sort -n a/b/c/3; uniq -c <(printf 'x\nx\ny\n') | tr -s ' '; cut -d: -f1 /etc/passwd | head -3
wc a/b/c/3; head -c 3 a/1; echo; tail -n 1 a/b/c/3; tac a/b/c/3; nl a/b/c/3; od -c a/1; seq -s, 1 10
md5sum a/1; sha256sum a/1; base64 a/1; cksum a/1; sum a/1
dd if=/dev/zero of=zeros bs=1k count=100 2>/dev/null; stat -c %s zeros; truncate -s 12345 zeros; stat -c %s zeros
split -b 4000 zeros part.; ls part.* | wc -l; cat part.* | cmp - zeros && echo joined
printf 'a b c\n' | tr a-c A-C; echo abc | rev; echo 'k v' | join - <(echo 'k w'); paste <(seq 3) <(seq 4 6); comm <(seq 3) <(seq 2 4)
expr 3 + 4; basename /a/b.c .c; dirname /a/b/c; realpath --relative-to=. a/b/link; readlink a/b/link; pwd -P | sed 's/cu\..*/cu/'
date -d @0 +%F; printf '%05d %x %s\n' 42 255 str; factor 360; numfmt --to=iec 1048576; env -i A=1 env
touch "sp ace" $'new\nline'; ls -b | grep -v part | sort; rm -f -- "sp ace"
mkdir -m 700 priv; stat -c %a priv; rmdir priv; install -m 755 a/1 inst; stat -c %a inst
tee t1 t2 < a/1 > /dev/null; cat t1 t2; timeout 0.1 sleep 5; echo $?; nice -n 5 true && echo nice; yes | head -n 2; sleep 0
du -s --apparent-size a/1; df / > /dev/null && echo df; sync; id -u; id -un; groups; who > /dev/null; uname -s; nproc > /dev/null; tty; echo $?
test -w a/1 && echo w; [ a/1 -ef a/hard ] && echo same-inode; shuf -i 1-5 | sort | tr '\n' ' '; echo; stdbuf -oL echo buffered; csplit -s a/b/c/3 2; cat xx00
chown 1:1 a/1 && stat -c %u:%g a/1; mkfifo p; stat -c %F p; mknod n c 1 3 && stat -c '%F %t %T' n; ls /nonexistent; echo "ls $?"
cd /; rm -rf "$d"; ls "$d" 2>/dev/null; echo "gone $?"
