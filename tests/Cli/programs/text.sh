#!/bin/bash
# needs: grep sed awk tar gzip xz diff patch
export LC_ALL=C
d=$(mktemp -d /tmp/tx.XXXXXX); cd "$d" || exit 1
seq 1 2000 > n; grep -c 7 n; grep -n '^19[0-9]$' n | head -3; grep -E '(12){2}' n; grep -rl 77 . ; grep -v 1 n | wc -l; grep -o '9*$' n | sort | uniq -c | tr -s ' '
sed -n '10,12p' n; sed 's/^\(.\)\(.\)$/\2\1/' n | sed -n '15p'; sed -i '1d' n; head -1 n; sed -e '/5$/d' -e 's/9/nine/g' n | tail -2
awk '{s+=$1} END{print s, NR}' n; awk -F: '$3<3{print $1}' /etc/passwd; awk 'BEGIN{for(i=0;i<3;i++)printf "%s ",i; print ""; print length("abc"), substr("hello",2,3), toupper("x")}'; echo 'a,b' | awk -F, '{print $2}' ; awk 'BEGIN{while(("echo sub"|getline l)>0)print l}'
mkdir dir; cp n dir/; ln -s n dir/l; tar --sort=name -cf t.tar dir; tar tf t.tar; mkdir out; tar xf t.tar -C out; diff -r dir out/dir && echo tar-same
tar czf t.tgz dir; tar tzf t.tgz | wc -l; tar cJf t.txz dir && tar tJf t.txz | wc -l
gzip -k n; gzip -l n.gz | awk 'NR==2{print $2}'; zcat n.gz | cmp - n && echo gzip-same; xz -k n; xzcat n.xz | md5sum; bzip2 -k n 2>/dev/null && bzcat n.bz2 | md5sum
sed 's/100/hundred/' n > m; diff n m; diff -u n m | tail -n +3 > p; patch n < p > /dev/null; cmp n m && echo patched; patch -R n < p > /dev/null; grep -c hundred n
cd /; rm -rf "$d"
