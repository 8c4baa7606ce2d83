"""Access and refresh tokens: JWTs (RFC 7519) by HMAC, told apart by `typ`, good only for the session they name."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from akademe.identity.errors import InvalidToken, TokenExpired
from akademe.kernel.config import settings
from akademe.kernel.db import as_uuid, clock

ACCESS, REFRESH = "access", "refresh"
ISSUER = AUDIENCE = "akademe"


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token of ours says; `expires` in seconds since 1970."""

    kind: str
    user_id: UUID
    session_id: UUID
    expires: int


def digest(token: str) -> str:
    """What is stored of a secret token. It has 256 bits of its own, so it needs no salt and no slow hash."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def random_token() -> str:
    return secrets.token_urlsafe(32)


def make(kind: str, user_id: UUID, session_id: UUID, now: datetime) -> tuple[str, datetime]:
    """A signed token and when it expires."""
    minutes, days = settings().access_token_expire_minutes, settings().refresh_token_expire_days
    expires = now + (timedelta(minutes=minutes) if kind == ACCESS else timedelta(days=days))
    secret, algorithm = settings().secret("jwt_secret_key"), settings().algorithm
    claims: dict[str, Any] = {
        "typ": kind,
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": str(user_id),
        "sid": str(session_id),
        "iat": int(now.timestamp()),
        "exp": int(expires.timestamp()),
        "jti": secrets.token_urlsafe(9),
    }
    header = {"alg": algorithm, "kid": _key_id(secret)}
    return jwt.encode(header, claims, _key(secret), algorithms=[algorithm]), expires


def read(token: str, kind: str) -> Claims:
    """The claims of a token of ours of this kind. Raises InvalidToken, TokenExpired."""
    claims = _verified(token, settings().secret("jwt_secret_key"), settings().algorithm)
    if claims.kind != kind:
        raise InvalidToken
    if clock().timestamp() >= claims.expires:
        raise TokenExpired
    return claims


@lru_cache(maxsize=8192)
def _verified(token: str, secret: str, algorithm: str) -> Claims:
    """The signature is checked once per token and process; whether it has expired, each time, by `read`."""
    try:
        found = jwt.decode(token, _key(secret), algorithms=[algorithm])
        claims = found.claims
        if found.header.get("kid") != _key_id(secret) or (claims["iss"], claims["aud"]) != (ISSUER, AUDIENCE):
            raise InvalidToken
        return Claims(str(claims["typ"]), as_uuid(claims["sub"]), as_uuid(claims["sid"]), int(claims["exp"]))
    except (JoseError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InvalidToken from error


@lru_cache(maxsize=4)
def _key(secret: str) -> OctKey:
    return OctKey.import_key(secret)


@lru_cache(maxsize=4)
def _key_id(secret: str) -> str:
    """Names the key without telling it, so that a rotated secret refuses old tokens as what they are."""
    return hashlib.sha256(b"kid:" + secret.encode()).hexdigest()[:12]
