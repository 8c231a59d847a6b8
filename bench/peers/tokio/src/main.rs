//! A job that does nothing through tokio's spawn_blocking, one at a time and 1,000 at a time.
//! Usage: bench-pool-tokio THREADS JOBS; prints nanoseconds per job.
use std::cell::Cell;
use std::rc::Rc;
use std::time::Instant;

async fn line(left: Rc<Cell<i64>>) {
    while left.get() > 0 {
        left.set(left.get() - 1);
        tokio::task::spawn_blocking(|| ()).await.unwrap();
    }
}

fn run(runtime: &tokio::runtime::Runtime, width: usize, count: i64) -> f64 {
    let begin = Instant::now();
    let left = Rc::new(Cell::new(count));
    let local = tokio::task::LocalSet::new();
    local.block_on(runtime, async {
        let lines: Vec<_> = (0..width)
            .map(|_| tokio::task::spawn_local(line(left.clone())))
            .collect();
        for one in lines {
            one.await.unwrap();
        }
    });
    begin.elapsed().as_nanos() as f64 / count as f64
}

fn main() {
    let arguments: Vec<i64> = std::env::args().skip(1).map(|a| a.parse().unwrap()).collect();
    let (threads, count) = (arguments[0] as usize, arguments[1]);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .max_blocking_threads(threads)
        .build()
        .unwrap();
    run(&runtime, 1, count / 50);
    println!("latency {:.1}", run(&runtime, 1, count / 10));
    run(&runtime, 1000, count / 10);
    println!("throughput {:.1}", run(&runtime, 1000, count));
}
