// Messages between two goroutines on two threads. Rows as bench/domain.c.
package main

import (
	"fmt"
	"runtime"
	"time"
)

func stream(count int) float64 {
	c := make(chan uint64, 1024)
	done := make(chan bool)
	go func() {
		for i := 0; i < count; i++ {
			<-c
		}
		done <- true
	}()
	begun := time.Now()
	for i := 0; i < count; i++ {
		c <- 1
	}
	<-done
	return float64(time.Since(begun).Nanoseconds()) / float64(count)
}

func calls(count, width int) float64 {
	there, here := make(chan uint64, 1024), make(chan uint64, 1024)
	go func() {
		for m := range there {
			here <- m
		}
	}()
	begun := time.Now()
	for i := 0; i < width; i++ {
		there <- 1
	}
	for i := 0; i < count; i++ {
		m := <-here
		if i+width < count {
			there <- m
		}
	}
	took := time.Since(begun)
	close(there)
	return float64(took.Nanoseconds()) / float64(count)
}

func main() {
	runtime.GOMAXPROCS(2)
	fmt.Printf("go/stream %.1f\n", stream(1<<19))
	fmt.Printf("go/calls_64 %.1f\n", calls(1<<16, 64))
	fmt.Printf("go/asleep %.1f\n", calls(1<<12, 1))
}
