"""An authority that nobody knows but the test that makes it, and servers that it vouches for."""

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


class Authority:
    """Its certificate is a file in the folder that it is given."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _named("authority of a test")
        self.file = folder / "authority.pem"
        made = self._builder("authority of a test", self._key).add_extension(
            x509.BasicConstraints(ca=True, path_length=0), critical=True
        )
        self.file.write_bytes(self._signed(made.add_extension(_usage(signs=True), critical=True)))

    def server(self, address: str = "127.0.0.1", days: int = 1) -> ssl.SSLContext:
        """Of a server at this address, whose certificate ends in so many days."""
        key = ec.generate_private_key(ec.SECP256R1())
        made = self._builder("server of a test", key, days).add_extension(_usage(signs=False), critical=True)
        made = made.add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address(address))]), critical=False)
        made = made.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False
        )
        file = self._folder / "server.pem"
        secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        file.write_bytes(secret + self._signed(made))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    def _builder(self, name: str, key: ec.EllipticCurvePrivateKey, days: int = 1) -> x509.CertificateBuilder:
        end = datetime.now(UTC) + timedelta(days=days)
        public = key.public_key()
        made = x509.CertificateBuilder(self._name, _named(name), public, x509.random_serial_number())
        made = made.not_valid_before(end - timedelta(days=2)).not_valid_after(end)
        return made.add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)

    def _signed(self, made: x509.CertificateBuilder) -> bytes:
        return made.sign(self._key, SHA256()).public_bytes(Encoding.PEM)


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _usage(*, signs: bool) -> x509.KeyUsage:
    """Python 3.13 verifies as strictly as RFC 5280 reads."""
    return x509.KeyUsage(
        digital_signature=not signs, key_cert_sign=signs, crl_sign=False, content_commitment=False,
        key_encipherment=False, data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip # one line for each says no more
