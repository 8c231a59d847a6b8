// Goroutines that wait once on a channel: the rows of bench/fiber.cc that Go has, "NAME NANOSECONDS".
package main

import (
	"fmt"
	"runtime"
	"time"
)

const rounds = 100000

func waitOnce(in chan int, out chan int) { out <- <-in + 1 }

func main() {
	runtime.GOMAXPROCS(1)
	begin := time.Now()
	for i := 0; i < rounds; i++ {
		in, out := make(chan int), make(chan int)
		go waitOnce(in, out)
		in <- 1
		<-out
	}
	fmt.Printf("spawn_wait_end %.1f\n", float64(time.Since(begin).Nanoseconds())/rounds)

	in, out := make(chan int), make(chan int)
	go func() {
		for {
			out <- <-in
		}
	}()
	begin = time.Now()
	for i := 0; i < rounds; i++ {
		in <- 1
		<-out
	}
	fmt.Printf("await_wait %.1f\n", float64(time.Since(begin).Nanoseconds())/rounds)
}
