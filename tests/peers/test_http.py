"""curl, ab, wrk and nginx: clients of hello and of proxy, and nginx before and behind them."""
import hashlib
import os
import re
import time

from peers import EXAMPLES, PATIENCE, answers, check, end, example, free_port, pattern, process, run, stop, tool, work

curl, ab, wrk, nginx = tool("curl"), tool("ab"), tool("wrk"), tool("nginx")


def get(*arguments):
    """The text that curl writes; its status has to be 0."""
    done = run(curl, "-sS", "--max-time", "30", *arguments)
    check("curl " + " ".join(arguments)[:60], done.returncode == 0, done.returncode, done.stderr)
    return done.stdout


def load_ab(url, requests, clients, *more):
    done = run(ab, "-q", "-n", str(requests), "-c", str(clients), "-s", "30", *more, url)
    text = done.stdout.decode()
    for line in (rf"Complete requests: +{requests}\n", r"Failed requests: +0\n"):
        check(f"ab {' '.join(more)}: {line[:18]}", re.search(line, text), text, done.stderr)
    check("ab: no answer but 200", "Non-2xx" not in text, text)
    return text


def load_wrk(url, clients):
    done = run(wrk, "-t1", f"-c{clients}", "-d1s", "--timeout", "20s", url)
    text = done.stdout.decode()
    found = re.search(r"(\d+) requests in", text)
    check(f"wrk with {clients} clients", found and int(found.group(1)) > 0, text, done.stderr)
    check("wrk: no error, no answer but 200", "Socket errors" not in text and "Non-2xx" not in text, text)


# ---- hello ----

hello, port = example("hello", "--port", "0", "--domains", "1")
url = f"http://127.0.0.1:{port}/"
check("the page", get(url) == b"Hello, World!")
check("twice through one connection",
      get("-w", "%{num_connects}", url, url) == b"Hello, World!1Hello, World!0")
check("HTTP/1.0, closed", get("--http1.0", "-w", "%{http_version}", url) == b"Hello, World!1.1")
check("another path", get("-o", "/dev/null", "-w", "%{http_code}", url + "other") == b"404")
check("a large body that is not read first",
      get("-o", "/dev/null", "-w", "%{http_code}", "-H", "Expect:", "-d", "x" * 100000, url) == b"405")
check("a body that waits for leave", get("-o", "/dev/null", "-w", "%{http_code}", "-H", "Expect: 100-continue",
                                         "--expect100-timeout", "0.1", "-d", "x" * 2000, url) == b"405")
check("a header beyond the limit", get("-o", "/dev/null", "-w", "%{http_code}", "-H", "X: " + "y" * 40000, url) == b"431")
check("HTTP/2 is not spoken", get("--http2", url) == b"Hello, World!")
text = load_ab(url, 3000, 50, "-k")
check("ab: all kept alive", re.search(r"Keep-Alive requests: +3000\n", text), text)
load_ab(url, 500, 50)
load_wrk(url, 64)

# ---- nginx: files for proxy, and before hello ----

big = pattern(8 << 20)
digest = hashlib.sha256(big).hexdigest()
web = os.path.join(work, "web")
os.mkdir(web)
os.chmod(work, 0o755)
for name, data in (("small", b"from nginx\n"), ("big", big), ("empty", b"")):
    with open(os.path.join(web, name), "wb") as file:
        file.write(data)
files, front = free_port(), free_port()
with open(os.path.join(work, "nginx.conf"), "w") as file:
    file.write(f"""
daemon off; pid {work}/nginx.pid; error_log {work}/error.log; worker_processes 1;
{"user root;" if os.geteuid() == 0 else ""}
events {{ worker_connections 512; }}
http {{
  access_log off; sendfile on; keepalive_requests 100000;
  client_body_temp_path {work}/body; proxy_temp_path {work}/proxy; fastcgi_temp_path {work}/fastcgi;
  uwsgi_temp_path {work}/uwsgi; scgi_temp_path {work}/scgi;
  server {{
    listen 127.0.0.1:{files}; listen unix:{work}/files.socket; root {web};
    location /slow/ {{ alias {web}/; limit_rate 500k; }}
  }}
  upstream hello {{ server 127.0.0.1:{port}; keepalive 16; }}
  server {{
    listen 127.0.0.1:{front};
    location / {{ proxy_pass http://hello; proxy_http_version 1.1; proxy_set_header Connection ""; }}
  }}
}}
""")


def nginx_start():
    started = process(nginx, "-p", work, "-c", os.path.join(work, "nginx.conf"))
    answers(files)
    return started


server = nginx_start()
check("hello behind nginx", get(f"http://127.0.0.1:{front}/") == b"Hello, World!")
load_ab(f"http://127.0.0.1:{front}/", 1500, 30, "-k")


def sha(*arguments):
    return hashlib.sha256(get(*arguments)).hexdigest()


proxy, port = example("proxy", "--to", f"127.0.0.1:{files}", "--port", "0")
url = f"http://127.0.0.1:{port}"
check("a file through proxy", get(f"{url}/small") == b"from nginx\n")
check("an empty one", get(f"{url}/empty") == b"")
check("a large one", sha(f"{url}/big") == digest)
check("five of them at once", get("-Z", "--parallel-immediate", *[w for i in range(5) for w in ("-o", f"{work}/{i}")],
                                  *[f"{url}/big"] * 5) == b"")
for i in range(5):
    with open(f"{work}/{i}", "rb") as file:
        check(f"number {i} is whole", hashlib.sha256(file.read()).hexdigest() == digest)
check("a part", get("-r", "65000-66000", f"{url}/big") == big[65000:66001])
check("through one connection", get("-w", "%{num_connects}", f"{url}/empty", f"{url}/empty") == b"10")
check("a reader that takes its time", sha("--limit-rate", "16M", f"{url}/big") == digest)
load_ab(f"{url}/small", 2000, 40, "-k")
load_wrk(f"{url}/small", 64)
reader = process(curl, "-sSN", "--max-time", "60", "-o", f"{work}/begun", f"{url}/slow/big")
while not (os.path.exists(f"{work}/begun") and os.path.getsize(f"{work}/begun")) and reader.poll() is None:
    time.sleep(0.01)
os.kill(int(open(os.path.join(work, "nginx.pid")).read()), 15)
server.wait(PATIENCE)
check("nginx goes in the middle: curl is told", reader.wait(30) in (18, 56), reader.stderr.read())
done = run(curl, "-sS", "--max-time", "30", f"{url}/small")
check("nobody there: the client is closed", done.returncode in (52, 56), done.returncode, done.stderr)
server = nginx_start()
check("there again", get(f"{url}/small") == b"from nginx\n")
stop(proxy, r"(proxy: .*(Connection refused|Connection reset by peer|Broken pipe).*\n)+")

proxy, port = example("proxy", "--to", f"unix:{work}/files.socket", "--port", "0")
check("a server on a Unix socket", sha(f"http://127.0.0.1:{port}/big") == digest)
stop(proxy)
end(server)
stop(hello)
