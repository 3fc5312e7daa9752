"""A backend's check of x-gateway-assertion in Python: public key (PEM), audience and assertion as arguments; prints the claims."""
import base64
import json
import sys

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import load_pem_public_key


def decode(part):
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


pem, audience, assertion = sys.argv[1:]
head, claims, signature = assertion.split(".")
header, payload, raw = json.loads(decode(head)), json.loads(decode(claims)), decode(signature)
if header["alg"] != "ES256" or header["typ"] != "gateway-assertion+jwt" or len(raw) != 64:
    sys.exit("not an assertion")
der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
load_pem_public_key(pem.encode()).verify(der, f"{head}.{claims}".encode(), ECDSA(hashes.SHA256()))
if payload["aud"] != audience:
    sys.exit("for another audience")
print(json.dumps(payload))
