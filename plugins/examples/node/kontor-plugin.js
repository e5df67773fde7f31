'use strict';
// What a plugin in Node stands on: the handshake, the guards and the messages.
// A plugin is a file named `plugin` that calls serve().

const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');

const packages = (name) => require(require.resolve(name, { paths: [process.cwd()] }));
const grpc = packages('@grpc/grpc-js');
const loader = packages('@grpc/proto-loader');

const CONTRACT = '1.0';
const PACKAGE = 'kontor.plugin.v1.';
const MOST = 4 << 20;
const MOST_LINES = 500;

const contract = loader.loadFileDescriptorSetFromBuffer(
  fs.readFileSync(path.join(process.cwd(), 'contract.binpb')),
  { keepCase: true, longs: String, enums: String, defaults: true },
);

const PLUGIN = 1, UPSTREAM = 2, CUSTOMER = 3, HOST = 4;
const codes = { [PLUGIN]: grpc.status.INTERNAL, [UPSTREAM]: grpc.status.UNAVAILABLE, [CUSTOMER]: grpc.status.FAILED_PRECONDITION, [HOST]: grpc.status.INVALID_ARGUMENT };

// Refusal is a no, with a stable word for it and whose fault it is.
class Refusal extends Error {
  constructor(reason, fault = CUSTOMER, retryable = false) {
    super(reason);
    Object.assign(this, { reason, fault, retryable });
  }
}

function log(level, text, more = {}) {
  fs.writeSync(2, JSON.stringify({ '@level': level, '@message': text, '@timestamp': new Date().toISOString(), ...more }) + '\n');
}

// Decimals are whole numbers of 10^-12: exact, whatever is done with them.
const SCALE = 10n ** 12n;

function decimal(d) {
  const m = /^(-?)(\d{1,20})(?:\.(\d{1,12}))?$/.exec((d && d.value) || '0');
  if (!m) throw new Refusal('request_malformed', HOST);
  const n = BigInt(m[2]) * SCALE + BigInt((m[3] || '').padEnd(12, '0'));
  return m[1] ? -n : n;
}

// divide rounds a half to the even neighbour.
function divide(a, b) {
  const q = a / b, r = a % b, twice = (r < 0n ? -r : r) * 2n, size = b < 0n ? -b : b;
  if (twice < size || (twice === size && q % 2n === 0n)) return q;
  return q + ((a < 0n) === (b < 0n) ? 1n : -1n);
}

function text(n) {
  const s = (n < 0n ? -n : n).toString().padStart(13, '0');
  const whole = s.slice(0, -12), part = s.slice(-12).replace(/0+$/, '');
  return (n < 0n ? '-' : '') + whole + (part ? '.' + part : '');
}

// Messages by hand, for the few that are not the contract's.
const varint = (n) => {
  const out = [];
  for (; n > 127; n = Math.floor(n / 128)) out.push((n & 127) | 128);
  return Buffer.from([...out, n]);
};
const field = (n, b) => Buffer.concat([varint((n << 3) | 2), varint(b.length), b]);

function refuse(callback, r) {
  const detail = Buffer.concat([field(1, Buffer.from(r.reason)), Buffer.from([16, r.fault, 24, r.retryable ? 1 : 0])]);
  const wrapped = Buffer.concat([field(1, Buffer.from('type.googleapis.com/' + PACKAGE + 'PluginError')), field(2, detail)]);
  const code = codes[r.fault], metadata = new grpc.Metadata();
  metadata.set('grpc-status-details-bin', Buffer.concat([Buffer.from([8, code]), field(2, Buffer.from(r.reason)), field(3, wrapped)]));
  callback({ code, details: r.reason, metadata });
}

// certificate makes one for localhost, in DER by hand: Node reads certificates and writes none.
function certificate() {
  const { privateKey, publicKey } = crypto.generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const size = (n) => (n < 128 ? [n] : n < 256 ? [0x81, n] : [0x82, n >> 8, n & 255]);
  const der = (tag, ...parts) => {
    const body = Buffer.concat(parts.map((p) => Buffer.from(p)));
    return Buffer.concat([Buffer.from([tag, ...size(body.length)]), body]);
  };
  const oid = (...bytes) => der(6, bytes);
  const ecdsa = der(0x30, oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2));
  const name = der(0x30, der(0x31, der(0x30, oid(0x55, 4, 3), der(0x0c, Buffer.from('localhost')))));
  const time = (d) => der(0x18, Buffer.from(d.toISOString().replace(/[-:T]|\.\d+/g, '')));
  const extension = (id, critical, value) => der(0x30, oid(0x55, 0x1d, id), ...(critical ? [[1, 1, 255]] : []), der(4, value));
  const now = Date.now(), serial = crypto.randomBytes(15);
  const body = der(0x30, der(0xa0, der(2, [2])), der(2, [1, ...serial]), ecdsa, name, der(0x30, time(new Date(now - 30e3)), time(new Date(now + 3650 * 864e5))), name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, der(0x30, extension(0x13, true, der(0x30, [1, 1, 255])), extension(0x11, false, der(0x30, der(0x82, Buffer.from('localhost')))))));
  const cert = der(0x30, body, ecdsa, der(3, [0], crypto.sign('sha256', body, privateKey)));
  const pem = '-----BEGIN CERTIFICATE-----\n' + cert.toString('base64').match(/.{1,64}/g).join('\n') + '\n-----END CERTIFICATE-----\n';
  return { cert, pem: Buffer.from(pem), key: Buffer.from(privateKey.export({ type: 'pkcs8', format: 'pem' })) };
}

const bytes = (path, responseStream = false) => ({
  path, requestStream: false, responseStream, requestSerialize: (b) => b, requestDeserialize: (b) => b, responseSerialize: (b) => b, responseDeserialize: (b) => b,
});

// serve runs {id, version, offers: {capability: {service, features, calls}}, check(settings)}.
function serve(plugin) {
  if (process.env.KONTOR_PLUGIN !== 'b7c1f2e0-kontor') {
    console.error('This is a plugin: the marketplace starts it.');
    process.exit(1);
  }
  const tenants = new Map();
  let running = 0, draining = false;

  const settingsOf = (call) => {
    const c = call || {}, t = tenants.get(c.installation_id);
    if (!t && c.config_revision === '0') return {};
    if (!t || t.tenant !== c.tenant_id || t.revision !== c.config_revision) throw new Refusal('config_stale', HOST, true);
    return t.settings;
  };
  const guarded = (fn) => async (call, callback) => {
    if (draining) return refuse(callback, new Refusal('draining', HOST, true));
    running++;
    try {
      if ((call.request.lines || []).length > MOST_LINES) throw new Refusal('too_many_lines', HOST);
      callback(null, await fn(call.request, settingsOf(call.request.call), call));
    } catch (e) { // one tenant's bad call is not the end of the others'
      if (!(e instanceof Refusal)) log('error', 'panic', { trace: String(e && e.stack) });
      refuse(callback, e instanceof Refusal ? e : new Refusal('panic', PLUGIN));
    } finally {
      running--;
    }
  };
  const configure = (t) => {
    const r = { installation_id: t.installation_id, revision: t.revision, problems: [] };
    if (t.removed) {
      tenants.delete(t.installation_id);
      return r;
    }
    let settings;
    try {
      settings = JSON.parse(Buffer.from(t.config_json).toString() || '{}');
      r.problems = (plugin.check ? plugin.check(settings) : []).map(([code, pointer]) => ({ code, json_pointer: pointer, severity: 'ERROR' }));
    } catch (e) {
      r.problems = [{ code: 'unreadable', json_pointer: '', severity: 'ERROR' }];
    }
    if (r.problems.length === 0) tenants.set(t.installation_id, { tenant: t.tenant_id, revision: t.revision, settings });
    return r;
  };

  const server = new grpc.Server({ 'grpc.max_receive_message_length': MOST, 'grpc.max_send_message_length': MOST });
  server.addService(contract[PACKAGE + 'Lifecycle'], {
    Describe: (call, callback) => callback(null, {
      id: plugin.id, version: plugin.version, contract: CONTRACT, capabilities: Object.entries(plugin.offers).map(([name, o]) => ({ name, features: o.features || [] })),
    }),
    Init: (call, callback) => {
      if (process.env.KONTOR_PLUGIN_SELFTEST === 'print') console.log('x'.repeat(128 << 10));
      callback(null, {});
    },
    ConfigureTenants: (call, callback) => callback(null, { results: call.request.tenants.map(configure) }),
    Health: (call, callback) => callback(null, { status: 'SERVING' }),
    Drain: (call, callback) => {
      draining = true;
      const end = Date.now() + Number(call.request.grace_ms);
      const look = () => (running === 0 || Date.now() >= end ? callback(null, { in_flight: running }) : setTimeout(look, 5));
      look();
    },
  });
  for (const o of Object.values(plugin.offers)) {
    server.addService(contract[PACKAGE + o.service], Object.fromEntries(Object.entries(o.calls).map(([name, fn]) => [name, guarded(fn)])));
  }
  server.addService({ Check: bytes('/grpc.health.v1.Health/Check') }, { Check: (call, callback) => callback(null, Buffer.from([8, 1])) });
  server.addService({ Shutdown: bytes('/plugin.GRPCController/Shutdown') }, {
    Shutdown: (call, callback) => {
      callback(null, Buffer.alloc(0));
      setTimeout(() => process.exit(0), 50); // the answer is on its way
    },
  });
  server.addService({ StreamStdio: bytes('/plugin.GRPCStdio/StreamStdio', true) }, { StreamStdio: () => {} }); // held open

  const client = process.env.PLUGIN_CLIENT_CERT, at = path.join(process.env.PLUGIN_UNIX_SOCKET_DIR, 'p.sock');
  let credentials = grpc.ServerCredentials.createInsecure(), shown = '';
  if (client) {
    const own = certificate();
    credentials = grpc.ServerCredentials.createSsl(Buffer.from(client), [{ private_key: own.key, cert_chain: own.pem }], true);
    shown = own.cert.toString('base64').replace(/=+$/, '');
  }
  server.bindAsync('unix:' + at, credentials, (err) => {
    if (err) {
      log('error', err.message);
      process.exit(1);
    }
    fs.writeSync(1, `1|1|unix|${at}|grpc|${shown}\n`);
    fs.closeSync(1); // what is printed later goes to standard error
    process.stdout.write = (...args) => process.stderr.write(...args);
    if (process.env.KONTOR_PLUGIN_WATCH === 'stdin') {
      process.stdin.on('end', () => process.exit(3)).on('error', () => process.exit(3)).resume();
    }
  });
}

module.exports = { contract, serve, Refusal, log, decimal, divide, text, SCALE, PLUGIN, UPSTREAM, CUSTOMER, HOST };
