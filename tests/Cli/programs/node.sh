#!/bin/bash
# needs: node
cat > /tmp/n.$$.js <<'J'
const { Worker, isMainThread, parentPort, workerData } = require('worker_threads');
const { execFileSync, spawn } = require('child_process'); const fs = require('fs'); const crypto = require('crypto'); const net = require('net'); const zlib = require('zlib');
if (!isMainThread) { let s = 0; for (let i = 0; i < workerData; i++) s += i; parentPort.postMessage(s); } else (async () => {
  const run = n => new Promise((ok, no) => { const w = new Worker(__filename, { workerData: n }); w.on('message', ok); w.on('error', no); });
  console.log(await Promise.all([10, 100, 1000].map(run)));
  console.log(execFileSync('echo', ['from', 'child']).toString().trim());
  await new Promise(ok => { const c = spawn('sh', ['-c', 'cat; exit 3']); c.stdout.on('data', d => console.log('out ' + d)); c.on('close', code => { console.log('code', code); ok(); }); c.stdin.end('piped'); });
  fs.writeFileSync('/tmp/n.txt', 'x'.repeat(70000)); console.log(fs.statSync('/tmp/n.txt').size, (await fs.promises.readFile('/tmp/n.txt')).length); fs.unlinkSync('/tmp/n.txt');
  console.log(crypto.createHash('sha256').update('abc').digest('hex').slice(0, 16), zlib.gunzipSync(zlib.gzipSync('zipped')).toString());
  await new Promise(ok => { const s = net.createServer(c => c.pipe(c)); s.listen('/tmp/n.sock', () => { const c = net.connect('/tmp/n.sock', () => c.end('echo')); c.on('data', d => console.log('' + d)); c.on('close', () => s.close(ok)); }); });
  await new Promise(ok => setTimeout(ok, 20)); process.on('SIGUSR2', () => { console.log('usr2'); process.exit(6); }); process.kill(process.pid, 'SIGUSR2'); setTimeout(() => {}, 1000);
})();
J
node /tmp/n.$$.js; echo "status $?"; rm -f /tmp/n.$$.js
