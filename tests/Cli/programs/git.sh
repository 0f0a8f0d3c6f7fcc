#!/bin/bash
# needs: git
export HOME=/tmp/githome.$$ GIT_AUTHOR_DATE='2020-01-01T00:00:00Z' GIT_COMMITTER_DATE='2020-01-01T00:00:00Z' GIT_PAGER=cat LC_ALL=C
mkdir -p "$HOME"; cd "$HOME" || exit 1
git config --global user.name T; git config --global user.email t@example.org; git config --global init.defaultBranch main; git config --global advice.detachedHead false
git init -q r; cd r || exit 1
for i in 1 2 3; do echo "line $i" >> f; mkdir -p d$i; echo $i > d$i/x; git add .; git commit -qm "commit $i"; done
git log --format='%h %s'; git status --short; git diff HEAD~1 --stat
git checkout -qb side HEAD~1; echo side > s; git add s; git commit -qm side; git checkout -q main; git merge -q side -m merge; git log --oneline --graph | cat
git tag v1; git gc -q 2>&1; git fsck 2>&1 | grep -v dangling; git count-objects -v | grep packs
cd ..; git clone -q r c; cd c || exit 1; git log --format=%h | head -2; echo more >> f; git commit -qam more; git push -q origin HEAD:refs/heads/new; git -C ../r branch | cat
git grep -n line | head -2; git blame f | wc -l; git stash -q 2>/dev/null; git rev-parse HEAD | cut -c1-7; git archive HEAD | tar t | head -3
rm -rf "$HOME"
