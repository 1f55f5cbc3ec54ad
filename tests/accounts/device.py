"""A device with passkeys, in software: what a browser and its authenticator answer to what the site asks."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

PRESENT = AuthenticatorData.FLAG.UP
VERIFIED = PRESENT | AuthenticatorData.FLAG.UV


@dataclass
class Device:
    origin: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    user_handle: str = ""
    flags: int = VERIFIED

    def make(self, options: dict) -> str:
        """The credential, as JSON, that answers a page which asks for a new passkey."""
        asked = options["publicKey"]
        self.user_handle = asked["user"]["id"]
        made = AttestedCredentialData.create(
            b"\0" * 16, self.credential_id, ES256.from_cryptography_key(self.key.public_key())
        )
        facts = AuthenticatorData.create(
            _hashed(asked["rp"]["id"]), self.flags | AuthenticatorData.FLAG.AT, 0, credential_data=made
        )
        response = {"attestationObject": websafe_encode(AttestationObject.create("none", facts, {}))}
        client = CollectedClientData.create("webauthn.create", asked["challenge"], self.origin)
        return self._credential(client, response, {"credProps": {"rk": True}})

    def sign(self, options: dict) -> str:
        """The credential that answers a page which asks for a passkey that exists."""
        asked = options["publicKey"]
        client = CollectedClientData.create("webauthn.get", asked["challenge"], self.origin)
        facts = AuthenticatorData.create(_hashed(asked["rpId"]), self.flags, 0)
        signature = self.key.sign(facts + client.hash, ec.ECDSA(hashes.SHA256()))
        response = {
            "authenticatorData": websafe_encode(facts),
            "signature": websafe_encode(signature),
            "userHandle": self.user_handle,
        }
        return self._credential(client, response, {})

    def _credential(self, client: CollectedClientData, response: dict, results: dict) -> str:
        name = websafe_encode(self.credential_id)
        whole = {"clientDataJSON": websafe_encode(client), **response}
        facts = {"type": "public-key", "authenticatorAttachment": "platform", "clientExtensionResults": results}
        return json.dumps({"id": name, "rawId": name, "response": whole, **facts})


def _hashed(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()
