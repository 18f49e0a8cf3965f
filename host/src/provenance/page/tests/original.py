"""Writes the pages of this folder as the original system signs them, from its documented fields
alone: an independent implementation, so that ours is not compared with itself.

    python3 original.py  (needs `cryptography`)
"""
import base64, hashlib, json, pathlib
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def did():
    raw = b"\xed\x01" + KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    number, text = int.from_bytes(raw, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = ALPHABET[digit] + text
    return "did:key:z" + text


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def page(name, html, zip=None):
    assertions = [
        {"type": "c2pa.action.published", "actor": did()},
        {"type": "c2pa.action.updated", "actor": "Zoë “Ada” Łukasz"},
    ]
    blocks = ""
    if zip is not None:
        assertions.append({"type": "wb.bundle.sha256", "value": hashlib.sha256(zip).hexdigest()})
        text = base64.b64encode(zip).decode()
        blocks += f'<script type="application/zip" id="wb-bundle">{text}</script>'
    manifest = {
        "version": "v1",
        "issuer_did": did(),
        "claim_generator": "workbooks-cli/0.1",
        "issued_at": "2026-03-01T12:34:56.789012Z",
        "asset_sha256": hashlib.sha256(html).hexdigest(),
        "assertions": assertions,
    }
    manifest["signature"] = base64.b64encode(KEY.sign(canonical(manifest))).decode()
    text = json.dumps(manifest, ensure_ascii=False)
    blocks += f'<script type="application/workbooks-c2pa+json" id="wb-c2pa-manifest">{text}</script>'
    at = html.find(b"</body>")
    at = len(html) if at < 0 else at
    pathlib.Path(__file__).with_name(name).write_bytes(html[:at] + blocks.encode() + html[at:])


page("original.html", "<!doctype html><title>Größe</title>\n<body><p>hi\n</body></html>\n".encode())
page("original_fragment.html", b"<p>no body\n")
page("original_bundle.html", b"<!doctype html>\r\n<body>\r\n</body>", b"PK\x05\x06" + bytes(18))
