#!/bin/bash
# needs: go
cd "$(mktemp -d)" || exit 1
export GOCACHE=$PWD/cache GOPATH=$PWD/path GO111MODULE=auto GOFLAGS=-mod=mod HOME=$PWD
cat > m.go <<'G'
package main

import ("fmt"; "net"; "os"; "os/exec"; "os/signal"; "runtime"; "sync"; "syscall"; "time")

func main() {
	var all sync.WaitGroup
	c := make(chan int, 100)
	for i := 0; i < 50; i++ {
		all.Add(1)
		go func(i int) { defer all.Done(); time.Sleep(time.Millisecond); _ = make([]byte, 100000); c <- i }(i)
	}
	all.Wait(); close(c)
	sum := 0
	for x := range c { sum += x }
	out, err := exec.Command("sh", "-c", "echo child; exit 3").Output()
	fmt.Println(sum, string(out), err)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGUSR1); syscall.Kill(os.Getpid(), syscall.SIGUSR1)
	fmt.Println(<-signals)
	l, err := net.Listen("unix", "s")
	go func() { k, _ := l.Accept(); k.Write([]byte("unix")); k.Close() }()
	k, _ := net.Dial("unix", "s")
	b := make([]byte, 10)
	n, _ := k.Read(b)
	runtime.GC()
	t := time.NewTicker(time.Millisecond)
	for i := 0; i < 5; i++ { <-t.C }
	fmt.Println(string(b[:n]), err)
}
G
go run m.go; echo "status $?"
