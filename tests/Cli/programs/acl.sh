#!/bin/bash
# needs: setfacl getfacl setpriv
cd "$(mktemp -d)" || exit 1
chmod 755 .; umask 022; echo secret >file; chmod 640 file; mkdir dir
as() { setpriv --reuid="$1" --regid="$2" --clear-groups "${@:3}"; }
as 4711 4711 cat file 2>/dev/null; echo $?
setfacl -m u:4711:rw,g:4712:r file; getfacl file; stat -c %a file; ls -l file | cut -c1-11
as 4711 4711 cat file; as 4713 4712 cat file; as 4713 4713 cat file 2>/dev/null; echo $?
chmod g-r file; as 4711 4711 cat file 2>/dev/null; echo $?; getfacl -c file
setfacl -d -m u:4711:rwx,g::r dir; getfacl dir; (umask 077; mkdir dir/sub; touch dir/new); getfacl dir dir/sub dir/new
cp -a dir copy; getfacl -R copy | grep -c user:4711; tar --acls -cf all.tar dir; mkdir out; tar --acls -C out -xpf all.tar; diff <(getfacl dir dir/sub dir/new) <(cd out && getfacl dir dir/sub dir/new) && echo same
setfacl -b file; setfacl -k dir; getfacl file dir; setfacl -m u:nobody:q file 2>/dev/null; echo $?
as 4711 4711 setfacl -m u:4711:r file 2>&1 | sed 's/.*: //'
