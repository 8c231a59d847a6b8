// Messages between two threads, each with a tokio runtime of its own, over bounded channels. Rows as
// bench/domain.c.
use std::time::Instant;
use tokio::runtime::Builder;
use tokio::sync::mpsc::channel;

fn block<T>(f: impl std::future::Future<Output = T>) -> T {
    Builder::new_current_thread().build().unwrap().block_on(f)
}

fn stream(count: usize) -> f64 {
    let (tx, mut rx) = channel::<u64>(1024);
    let other = std::thread::spawn(move || block(async move { while rx.recv().await.is_some() {} }));
    let begun = Instant::now();
    block(async move {
        for _ in 0..count {
            tx.send(1).await.unwrap();
        }
    });
    other.join().unwrap();
    begun.elapsed().as_nanos() as f64 / count as f64
}

fn calls(count: usize, width: usize) -> f64 {
    let (there, mut arrived) = channel::<u64>(1024);
    let (back, mut here) = channel::<u64>(1024);
    let other = std::thread::spawn(move || {
        block(async move {
            while let Some(m) = arrived.recv().await {
                back.send(m).await.unwrap();
            }
        })
    });
    let begun = Instant::now();
    block(async move {
        for _ in 0..width {
            there.send(1).await.unwrap();
        }
        for i in 0..count {
            let m = here.recv().await.unwrap();
            if i + width < count {
                there.send(m).await.unwrap();
            }
        }
    });
    let took = begun.elapsed().as_nanos() as f64 / count as f64;
    other.join().unwrap();
    took
}

fn main() {
    println!("tokio/stream {:.1}", stream(1 << 19));
    println!("tokio/calls_64 {:.1}", calls(1 << 16, 64));
    println!("tokio/asleep {:.1}", calls(1 << 12, 1));
}
