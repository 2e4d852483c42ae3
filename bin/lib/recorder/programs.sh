# The programs that each recorder is tried with: program NAME COMMAND, run by bash in a folder of its own, where the C sources of
# bin/lib/recorder are compiled and lines.txt and data.db are made. What is not installed is passed over, and said.

c() { printf '%s\n' "$2" >"$1.c" && gcc -w -O2 -pthread "${@:3}" -o "$1" "$1.c" -lm; }

# Debian keeps the servers of each version of PostgreSQL out of PATH.
PATH=$PATH$(printf ':%s' /usr/lib/postgresql/*/bin)

prepare_programs() {
  local case
  for case in "$lib"/recorder/*.c; do
    gcc -w -O1 -o "$(basename "$case" .c)" "$case" || return 1
  done
  seq 1 4000 | awk '{ print ($1 * 7919) % 4001, "line", $1 }' >lines.txt
  printf 'int f(int x) { return x * 3; }\nint main(void) { return f(2); }\n' >small.c
  c threads '#include <pthread.h>
#include <stdio.h>
static void *f(void *p) { *(long *)p += 1; return 0; }
int main(void) { long n = 0; for (int i = 0; i < 1200; i++) { pthread_t t; if (pthread_create(&t, 0, f, &n)) return 1; pthread_join(t, 0); } printf("%ld\n", n); return 0; }'
  c forks '#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
int main(void) { int n = 0, s; for (int i = 0; i < 200; i++) { if (fork() == 0) _exit(i & 63); wait(&s); n += WEXITSTATUS(s); } printf("%d\n", n); return 0; }'
  c signals '#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
static sigjmp_buf b; static volatile int n;
static void on(int s) { n += s; if (s == SIGSEGV) siglongjmp(b, 1); }
int main(void) { signal(SIGUSR1, on); signal(SIGSEGV, on); for (int i = 0; i < 20; i++) { raise(SIGUSR1); if (!sigsetjmp(b, 1)) *(volatile int *)8 = 1; } printf("%d\n", n); return 0; }'
  c timer '#include <signal.h>
#include <stdio.h>
#include <sys/time.h>
static volatile int n; static void on(int s) { n++; }
int main(void) { struct itimerval t = {{0, 2000}, {0, 2000}}; signal(SIGALRM, on); setitimer(0, &t, 0); while (n < 20); puts("20 ticks"); return 0; }'
  c avx2 '#include <immintrin.h>
#include <stdio.h>
int main(void) { __m256i s = _mm256_setzero_si256(); for (int i = 0; i < 1000; i++) s = _mm256_add_epi32(s, _mm256_set1_epi32(i)); printf("%d\n", _mm256_extract_epi32(s, 3)); return 0; }' -mavx2
  c openmp '#include <stdio.h>
int main(void) { double s = 0;
#pragma omp parallel for reduction(+ : s) num_threads(4)
for (int i = 0; i < 100000; i++) s += i; printf("%.0f\n", s); return 0; }' -fopenmp
  c mutexes '#include <pthread.h>
#include <stdio.h>
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER; static long n;
static void *f(void *p) { for (int i = 0; i < 5000; i++) { pthread_mutex_lock(&m); n++; pthread_mutex_unlock(&m); } return 0; }
int main(void) { pthread_t t[8]; for (int i = 0; i < 8; i++) pthread_create(t + i, 0, f, 0); for (int i = 0; i < 8; i++) pthread_join(t[i], 0); printf("%ld\n", n); return 0; }'
  c shared '#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
int main(void) { int *p = mmap(0, 4096, 3, MAP_SHARED | MAP_ANONYMOUS, -1, 0); if (!fork()) { *p = 42; _exit(0); } wait(0); printf("%d\n", *p); return 0; }'
  local heap='#include <stdio.h>
#include <stdlib.h>
int main(void) { long s = 0; for (int i = 1; i < 3000; i++) { char *p = malloc(i * 17); p[i] = i; s += p[i]; if (i % 3) free(p); } printf("%ld\n", s); return 0; }'
  c heap "$heap" && c heap-static "$heap" -static && c heap-no-pie "$heap" -no-pie && c heap-32m "$heap" -mcmodel=large
  c heap-address "$heap" -fsanitize=address && c heap-thread "$heap" -fsanitize=thread && c heap-undefined "$heap" -fsanitize=undefined
  c race-free '#include <pthread.h>
#include <stdio.h>
static void *f(void *p) { *(int *)p = 7; return 0; }
int main(void) { int n; pthread_t t; pthread_create(&t, 0, f, &n); pthread_join(t, 0); printf("%d\n", n); return 0; }' -fsanitize=thread
  c fails 'int main(void) { return 77; }' && c aborts '#include <stdlib.h>
int main(void) { abort(); }'
  printf 'public class Hi { public static void main(String[] a) { long s = 0; for (int i = 0; i < 100000; i++) s += new int[8].length + i; System.out.println(s); } }\n' >Hi.java
  printf 'fn main() { let v: Vec<u64> = (0..1000).collect(); println!("{}", v.iter().sum::<u64>()); }\n' >hi.rs
  printf 'package main\nimport "fmt"\nfunc main() { c := make(chan int); for i := 0; i < 50; i++ { go func(n int) { c <- n }(i) }; s := 0; for i := 0; i < 50; i++ { s += <-c }; fmt.Println(s) }\n' >hi.go
  # A server that is not root, in a name space of its own; recorded is the server with its clients, not the making of its files.
  ! type -P initdb >/dev/null || unshare --user --map-user=1000 initdb -D pg0 -A trust -N >/dev/null 2>&1
  ! type -P rustc >/dev/null || rustc -O -o hi-rust hi.rs 2>/dev/null
  ! type -P go >/dev/null || go build -o hi-go hi.go 2>/dev/null
  true
}

all_programs() {
  local case
  for case in brk clone3 execself noreserve pkey seccomp uffd vfork; do program "case $case" "./$case"; done
  for case in heap heap-static heap-no-pie heap-32m heap-address heap-thread heap-undefined race-free threads forks signals timer avx2 \
    openmp mutexes shared fails aborts; do program "C: $case" "./$case"; done
  program sort 'sort -n lines.txt'
  program 'sort in threads' 'sort --parallel=4 -S 1M lines.txt'
  program sqlite3 "sqlite3 :memory: 'create table t(a); with recursive n(i) as (select 1 union all select i + 1 from n where i < 3000) insert into t select i from n; select sum(a) from t'"
  program python3 "python3 -c 'print(sum(i * i for i in range(20000)))'"
  program 'python3 processes' "python3 -c 'import subprocess; print(subprocess.run([\"echo\", \"child\"], capture_output=True).stdout)'"
  program 'python3 threads' "python3 -c 'import threading; r = []; t = [threading.Thread(target=r.append, args=(i,)) for i in range(20)]; [x.start() for x in t]; [x.join() for x in t]; print(sorted(r))'"
  program perl "perl -e 'my %h; \$h{\$_ % 97} += \$_ for 1 .. 20000; print join(\",\", map { \$h{\$_} } sort keys %h), \"\n\"'"
  program node "node -e 'console.log([...Array(1000).keys()].reduce((a, b) => a + b))'"
  program Rust ./hi-rust
  program Go ./hi-go
  program 'Java, serial' 'java -XX:+UseSerialGC -Xmx64m Hi.java'
  program 'Java, G1' 'java -XX:+UseG1GC -Xmx64m Hi.java'
  program 'Java, ZGC' 'java -XX:+UseZGC -Xmx256m Hi.java'
  program gcc 'gcc -S -O1 -o - small.c'
  program 'gcc and run' 'gcc -o small small.c && ./small'
  program 'redis-server' 'redis-server --port 0 --unixsocket $PWD/redis.sock --save "" --daemonize no >redis.log & s=$!; for i in $(seq 200); do [ -S redis.sock ] && break; sleep 0.1; done; redis-benchmark -s redis.sock -q -n 200 -t set,get >/dev/null; echo "set $?"; redis-cli -s redis.sock shutdown nosave; wait $s; echo "end $?"'
  program memcached 'memcached -u nobody -s $PWD/mem.sock & s=$!; for i in $(seq 200); do [ -S mem.sock ] && break; sleep 0.1; done; printf "set k 0 0 2\r\nhi\r\nget k\r\nquit\r\n" | python3 -c "import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(\"mem.sock\"); s.sendall(sys.stdin.buffer.read()); print(s.makefile().read())"; kill $s; wait $s; echo done'
  program 'postgres and pgbench' 'type -P pgbench initdb >/dev/null || exit 127; rm -rf pg; cp -a pg0 pg; exec unshare --user --map-user=1000 bash -c '\''postgres -D pg -c listen_addresses= -k $PWD >pg.log 2>&1 & s=$!; for i in $(seq 400); do pg_isready -q -h $PWD && break; sleep 0.1; done; pgbench -h $PWD -i -q postgres >/dev/null 2>&1; echo "init $?"; pgbench -h $PWD -c 2 -t 10 postgres 2>/dev/null | grep processed; psql -h $PWD -At -c "select count(*) from pgbench_history" postgres; kill -INT $s; wait $s; echo "end $?"'\'''
  program bash 'for i in 1 2 3; do (echo $i | tr 1-3 a-c); done'
  program dash "dash -c 'trap \"echo got\" USR1; kill -USR1 \$\$; exit 3'"
  program 'process substitution' 'diff <(seq 5) <(seq 6); echo $?'
  program awk "awk '{ s += \$1 } END { print s }' lines.txt"
  program sed "sed -n 's/line 1\$/found/p' lines.txt"
  program grep 'grep -c 7 lines.txt'
  program gzip 'gzip -c lines.txt | gzip -dc | cksum'
  program bzip2 'bzip2 -c lines.txt | bzip2 -dc | cksum'
  program xz 'xz -T2 -c lines.txt | xz -dc | cksum'
  program zstd 'zstd -q -c lines.txt | zstd -dc | cksum'
  program sha256sum 'sha256sum lines.txt'
  program tar 'tar cf - lines.txt small.c | tar tf -'
  program find 'find . -name "*.c" | sort'
  program xargs 'seq 20 | xargs -n 5 -P 1 echo'
  program make 'printf "all:\n\t@echo made\n" | make -f -'
  program git 'git init -q g && git -C g hash-object --stdin <lines.txt'
  program openssl 'openssl dgst -sha1 lines.txt'
  program bc 'echo "2^200" | bc'
  program od 'head -c 64 lines.txt | od -x'
  program split 'split -n 3 lines.txt part && cat part* | cksum'
  program env 'env -i A=1 env'
  program timeout 'timeout 5 true; echo $?'
  program date 'TZ=UTC date -d @0'
  program numactl 'numactl --show | head -1'
}
