// A job that does nothing, in Go: a goroutine that makes a system call (a blocking job as Go knows them)
// and answers through a channel; one at a time and 1,000 at a time.
// Usage: bench-pool-go JOBS; prints nanoseconds per job.
package main

import (
	"fmt"
	"os"
	"strconv"
	"syscall"
	"time"
)

const inFlight = 1000

func job(done chan<- struct{}) {
	syscall.Getppid()
	done <- struct{}{}
}

func run(width, count int) float64 {
	done := make(chan struct{}, width)
	begin := time.Now()
	sent := 0
	for ; sent < width && sent < count; sent++ {
		go job(done)
	}
	for got := 0; got < count; got++ {
		<-done
		if sent < count {
			sent++
			go job(done)
		}
	}
	return float64(time.Since(begin).Nanoseconds()) / float64(count)
}

func main() {
	count := 1000000
	if len(os.Args) > 1 {
		count, _ = strconv.Atoi(os.Args[1])
	}
	run(1, count/50)
	fmt.Printf("latency %.1f\n", run(1, count/10))
	run(inFlight, count/10)
	fmt.Printf("throughput %.1f\n", run(inFlight, count))
}
