"""What a plugin in Python stands on: the handshake, the guards and the messages.

A plugin is a file named `plugin` that calls serve(). Messages are those of the contract,
by name: message("Money", currency="EUR", minor=1250).
"""

import base64
import datetime
import json
import os
import re
import sys
import threading
import traceback
from concurrent import futures
from decimal import ROUND_HALF_EVEN, Decimal

os.environ["GRPC_VERBOSITY"] = "NONE"  # its own lines are no JSON

import grpc  # noqa: E402
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory  # noqa: E402

COOKIE = ("KONTOR_PLUGIN", "b7c1f2e0-kontor")
CONTRACT = "1.0"
PACKAGE = "kontor.plugin.v1."
MOST = 4 << 20
MOST_LINES = 500

_pool = descriptor_pool.DescriptorPool()
with open(os.path.join(os.getcwd(), "contract.binpb"), "rb") as f:
    for _file in descriptor_pb2.FileDescriptorSet.FromString(f.read()).file:
        _pool.Add(_file)


def _class(name):
    found = _pool.FindMessageTypeByName(name)
    if hasattr(message_factory, "GetMessageClass"):
        return message_factory.GetMessageClass(found)
    return message_factory.MessageFactory(_pool).GetPrototype(found)


def message(name, **fields):
    return _class(PACKAGE + name)(**fields)


def log(level, text, **more):
    now = datetime.datetime.now(datetime.timezone.utc).isoformat()
    print(json.dumps({"@level": level, "@message": text, "@timestamp": now, **more}), file=sys.stderr, flush=True)


PLUGIN, UPSTREAM, CUSTOMER, HOST = 1, 2, 3, 4
_codes = {PLUGIN: grpc.StatusCode.INTERNAL, UPSTREAM: grpc.StatusCode.UNAVAILABLE, CUSTOMER: grpc.StatusCode.FAILED_PRECONDITION, HOST: grpc.StatusCode.INVALID_ARGUMENT}


class Refusal(Exception):
    """A no, with a stable word for it and whose fault it is."""

    def __init__(self, reason, fault=CUSTOMER, retryable=False, detail=""):
        super().__init__(reason)
        self.reason, self.fault, self.retryable, self.detail = reason, fault, retryable, detail


_decimal = re.compile(r"^-?\d{1,20}(\.\d{1,12})?$")


def decimal(d):
    """A decimal of the contract, which is text."""
    if d.value == "":
        return Decimal(0)
    if not _decimal.match(d.value):
        raise Refusal("request_malformed", HOST, detail="decimal")
    return Decimal(d.value)


def places(d, n):
    return d.quantize(Decimal(1).scaleb(-n), rounding=ROUND_HALF_EVEN)


def text(d):
    """A decimal as the contract writes it: no exponent, no idle zeros."""
    s = format(d, "f")
    return s.rstrip("0").rstrip(".") if "." in s else s


class Plugin:
    """What there is to be filled in: id, version, offers and check."""

    id, version = "", ""
    offers = {}  # capability: {"features": [...], "service": "Pricing", "calls": {"Quote": function}}

    def check(self, settings):
        """Problems of one tenant's settings, as (code, pointer)."""
        return []


class _Server:
    def __init__(self, plugin):
        self.plugin, self.lock, self.stop = plugin, threading.Lock(), threading.Event()
        self.tenants, self.running, self.draining = {}, 0, False

    # Lifecycle

    def describe(self, request, context):
        said = message("DescribeReply", id=self.plugin.id, version=self.plugin.version, contract=CONTRACT)
        for name, o in self.plugin.offers.items():
            said.capabilities.add(name=name, features=o.get("features", []))
        return said

    def init(self, request, context):
        if os.environ.get("KONTOR_PLUGIN_SELFTEST") == "print":
            print("x" * (128 << 10), flush=True)
        return message("InitReply")

    def configure(self, request, context):
        out = message("ConfigureTenantsReply")
        for t in request.tenants:
            r = out.results.add(installation_id=t.installation_id, revision=t.revision)
            if t.removed:
                with self.lock:
                    self.tenants.pop(t.installation_id, None)
                continue
            try:
                settings = json.loads(t.config_json or b"{}")
                problems = self.plugin.check(settings)
            except (ValueError, TypeError) as e:
                problems = [("unreadable", "")]
                log("warn", "settings", error=type(e).__name__)
            for code, pointer in problems:
                r.problems.add(code=code, json_pointer=pointer, severity=1)
            if not problems:
                with self.lock:
                    self.tenants[t.installation_id] = (t.tenant_id, t.revision, settings)
        return out

    def health(self, request, context):
        return message("HealthReply", status=1)

    def drain(self, request, context):
        self.draining = True
        end = threading.Event()
        for _ in range(max(1, request.grace_ms // 10)):
            with self.lock:
                left = self.running
            if left == 0 or end.wait(0.01):
                break
        return message("DrainReply", in_flight=left)

    # The plugin's own calls

    def settings(self, call):
        with self.lock:
            tenant, revision, settings = self.tenants.get(call.installation_id, ("", 0, {}))
        if call.config_revision == 0 and tenant == "":
            return {}
        if tenant != call.tenant_id or revision != call.config_revision:
            raise Refusal("config_stale", HOST, retryable=True)
        return settings

    def guarded(self, fn):
        def handle(request, context):
            with self.lock:
                if self.draining:
                    return self.refuse(context, Refusal("draining", HOST, retryable=True))
                self.running += 1
            try:
                if len(getattr(request, "lines", [])) > MOST_LINES:
                    raise Refusal("too_many_lines", HOST)
                return fn(request, self.settings(request.call), context)
            except Refusal as r:
                return self.refuse(context, r)
            except Exception:  # one tenant's bad call is not the end of the others'
                log("error", "panic", trace=traceback.format_exc())
                return self.refuse(context, Refusal("panic", PLUGIN))
            finally:
                with self.lock:
                    self.running -= 1

        return handle

    @staticmethod
    def refuse(context, r):
        detail = message("PluginError", reason=r.reason, fault=r.fault, retryable=r.retryable, detail=r.detail).SerializeToString()
        code = _codes[r.fault]
        wrapped = _field(1, b"type.googleapis.com/" + PACKAGE.encode() + b"PluginError") + _field(2, detail)
        status = b"\x08" + _varint(code.value[0]) + _field(2, r.reason.encode()) + _field(3, wrapped)
        context.set_trailing_metadata((("grpc-status-details-bin", status),))
        context.abort(code, r.reason)

    # What the library behind the host needs

    def shutdown(self, request, context):
        self.stop.set()
        return b""

    def stdio(self, request, context):
        self.stop.wait()
        yield from ()


def _varint(n):
    out = bytearray()
    while True:
        n, b = n >> 7, n & 0x7F
        out.append(b | (0x80 if n else 0))
        if not n:
            return bytes(out)


def _field(n, value):
    return _varint(n << 3 | 2) + _varint(len(value)) + value


def _unary(fn, asks, answers):
    return grpc.unary_unary_rpc_method_handler(fn, _class(PACKAGE + asks).FromString, lambda m: m.SerializeToString())


def _raw(fn):
    return grpc.unary_unary_rpc_method_handler(fn, lambda b: b, lambda b: b)


def _certificate():
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.utcnow()
    cert = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(seconds=30)).not_valid_after(now + datetime.timedelta(days=3650))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return cert.public_bytes(pem), secret, cert.public_bytes(serialization.Encoding.DER)


def _watch():
    while os.read(0, 4096):
        pass
    os._exit(3)  # the host is gone


def serve(plugin):
    if os.environ.get(COOKIE[0]) != COOKIE[1]:
        sys.exit("This is a plugin: the marketplace starts it.")
    s = _Server(plugin)
    options = [("grpc.max_receive_message_length", MOST), ("grpc.max_send_message_length", MOST), ("grpc.so_reuseport", 0)]
    server = grpc.server(futures.ThreadPoolExecutor(24), options=options)
    life = {
        "Describe": _unary(s.describe, "DescribeRequest", "DescribeReply"), "Init": _unary(s.init, "InitRequest", "InitReply"),
        "ConfigureTenants": _unary(s.configure, "ConfigureTenantsRequest", "ConfigureTenantsReply"),
        "Health": _unary(s.health, "HealthRequest", "HealthReply"), "Drain": _unary(s.drain, "DrainRequest", "DrainReply"),
    }
    services = {
        PACKAGE + "Lifecycle": life,
        "grpc.health.v1.Health": {"Check": _raw(lambda request, context: b"\x08\x01")},
        "plugin.GRPCController": {"Shutdown": _raw(s.shutdown)},
        "plugin.GRPCStdio": {"StreamStdio": grpc.unary_stream_rpc_method_handler(s.stdio, lambda b: b, lambda b: b)},
    }
    for o in plugin.offers.values():
        service = _pool.FindServiceByName(PACKAGE + o["service"])
        services[service.full_name] = {
            m.name: _unary(s.guarded(o["calls"][m.name]), m.input_type.name, m.output_type.name) for m in service.methods if m.name in o["calls"]
        }
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(name, calls) for name, calls in services.items()])
    path = os.path.join(os.environ["PLUGIN_UNIX_SOCKET_DIR"], "p.sock")
    client, shown = os.environ.get("PLUGIN_CLIENT_CERT", "").encode(), ""
    if client:
        cert, key, der = _certificate()
        server.add_secure_port("unix:" + path, grpc.ssl_server_credentials([(key, cert)], client, require_client_auth=True))
        shown = base64.b64encode(der).decode().rstrip("=")
    else:
        server.add_insecure_port("unix:" + path)
    server.start()
    print(f"1|1|unix|{path}|grpc|{shown}", flush=True)
    os.dup2(2, 1)  # whatever is printed later cannot stop the host from reading
    if os.environ.get("KONTOR_PLUGIN_WATCH") == "stdin":
        threading.Thread(target=_watch, daemon=True).start()
    s.stop.wait()
    server.stop(0.5).wait()
    os._exit(0)
