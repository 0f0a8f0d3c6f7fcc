#!/bin/bash
# needs: perl
perl -e '
use strict; use warnings; use IO::Handle; use POSIX qw(:sys_wait_h);
$| = 1;
pipe(my $r, my $w) or die; my $pid = fork();
if (!$pid) { close $r; print $w "from child $_\n" for 1..3; close $w; exit 7 }
close $w; print while <$r>; waitpid($pid, 0); print "status ", $? >> 8, "\n";
my @k = map { my $n = $_; my $p = fork(); if (!$p) { exit $n } $p } 1..5; my $s = 0; for (@k) { waitpid($_, 0); $s += $? >> 8 } print "sum $s\n";
local $SIG{ALRM} = sub { print "alarm\n" }; alarm 1; select(undef, undef, undef, 2);
local $SIG{USR1} = sub { print "usr1\n" }; kill USR1 => $$;
open(my $p, "-|", "echo via shell; echo two") or die; print <$p>; close $p;
my %h = map { $_ => length } qw(a bb ccc); print join(",", map { "$_=$h{$_}" } sort keys %h), "\n";
my $t = "/tmp/perl.$$"; open(my $f, ">", $t); print $f "x" x 10000; close $f; print -s $t, "\n"; unlink $t; print -e $t ? "there" : "gone", "\n";
socketpair(my $a, my $b, 1, 1, 0) or die; syswrite $a, "sock"; sysread $b, my $buf, 10; print "$buf\n";
print "$1\n" if "foo123bar" =~ /(\d+)/; system("exit 3"); print $? >> 8, "\n"; print `echo ticks`;
my $x = eval { die "caught\n"; 1 }; print $@;
'
