# Journals of all kinds, write-ahead log, memory map, temporary files, backup, attached files, damaged ones, many processes.
for mode in delete truncate persist memory wal off; do
sqlite3 $mode.db <<C
pragma journal_mode=$mode; pragma mmap_size=1000000; pragma synchronous=full; pragma locking_mode=normal;
create table t(a integer primary key, b text); with recursive c(x) as (select 1 union all select x+1 from c where x<5000) insert into t select x, hex(randomblob(40)) from c;
create index i on t(b); begin; delete from t where a%3=0; savepoint s; update t set b='x' where a<10; rollback to s; commit; vacuum;
pragma temp_store=file; pragma cache_size=5; select count(*) from (select a,b from t order by b desc, random()); pragma wal_checkpoint(truncate); pragma integrity_check; analyze;
attach 'second.db' as s; create table if not exists s.u as select * from t; detach s;
.backup backup.db
.dump t
.output dump.txt
.schema
.output
.import --csv /etc/passwd pw
.stats
.timer on
select 1;
.shell true
.system true
.once |cat
select 2;
.read /dev/null
.archive --create
.cd .
.log stderr
.lint fkey-indexes
.recover
.save saved.db
.clone cloned.db
.load ./nothing
select writefile('w.bin', randomblob(1000)), length(readfile('w.bin')); select * from fsdir('.'); select edit('a','true');
C
done < /dev/null > out.txt 2>&1
for mode in delete wal; do sqlite3 $mode.db 'select count(*) from t' & sqlite3 $mode.db 'pragma busy_timeout=2000; insert into t(b) values(1)' & done; wait
sqlite3 -A -cf a.sqlar /etc/hostname /etc/default; sqlite3 -A -tvf a.sqlar; mkdir x; (cd x; sqlite3 -A -xf ../a.sqlar)
sqlite3 -zip a.zip '.tables'; sqlite3 -readonly delete.db .tables; sqlite3 -csv -header delete.db 'select * from t limit 2'; head -c 5000 delete.db > bad.db; sqlite3 bad.db 'select * from t'
sqlite3 'file:delete.db?mode=ro&immutable=1' .tables; sqlite3 -vfs unix-dotfile dot.db 'create table a(b)'; sqlite3 -vfs unix-none none.db 'create table a(b)'; sqlite3 -vfs unix-excl ex.db 'pragma journal_mode=wal; create table a(b)'
ln -s delete.db link.db; sqlite3 link.db .tables; sqlite3 /nonexistent/a.db .tables; mkdir ro; cp delete.db ro; chmod 500 ro; sqlite3 ro/delete.db 'insert into t values(-1,2)'; echo .tables | script -qc 'sqlite3 delete.db' /dev/null; printf 'select 1;\n.quit\n' | script -qc 'sqlite3 delete.db' /dev/null
sqldiff delete.db wal.db | tail -1
