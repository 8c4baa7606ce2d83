"""Settings from the environment, `.env` in the working folder, and secrets kept in DATA_DIR."""

import ipaddress
import os
import re
import secrets
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

# As they stand in examples and tutorials, whatever the case and whatever is between the letters.
PLACEHOLDERS = re.compile(r"your(secret|jwt|key)|(change|replace)(me|this)|placeholder|example|insecure|secretkey")
MIN_SECRET = 16
MIN_LETTERS = 6
_SCHEMES = {
    "database_url": ("sqlite:", "postgresql:", "postgres:", "postgresql+asyncpg:"),
    "broker_url": ("amqp:", "amqps:", "redis:", "rediss:"),
    "redis_url": ("redis:", "rediss:"),
    "public_url": ("http:", "https:"),
    "smtp_url": ("smtp:", "smtps:"),
}


class ConfigError(Exception):
    """The configuration cannot work; the message is one plain sentence (exit code 2), `others` what is wrong beside."""

    def __init__(self, message: str, *others: str) -> None:
        super().__init__(message)
        self.others = others


class Settings(BaseSettings):
    """Every variable of CONTRACT.md section 6 that the program reads. Sizes in bytes."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", env_ignore_empty=True)

    environment: Literal["development", "testing", "staging", "production"] = "development"
    data_dir: Path = Path("data")
    database_url: str = ""
    public_url: str = "http://127.0.0.1:8000"
    trusted_proxies: str = ""
    allowed_hosts: str = ""
    cors_origins: str = ""
    rate_limits: Literal["on", "off"] = "on"
    rate_limit_factor: float = Field(default=1.0, gt=0)
    secret_key: str = ""
    jwt_secret_key: str = ""
    algorithm: Literal["HS256", "HS384", "HS512"] = "HS256"
    access_token_expire_minutes: int = Field(default=30, ge=1)
    refresh_token_expire_days: int = Field(default=7, ge=1)
    session_idle_hours: int = Field(default=24, ge=1)
    encryption_keys: str = ""
    redis_url: str = ""
    broker_url: str = ""
    storage_url: str = ""
    aws_access_key_id: str = ""
    aws_secret_access_key: str = ""
    aws_endpoint_url: str = ""
    aws_region: str = "us-east-1"
    smtp_url: str = ""
    mail_from: str = "Akademe <no-reply@localhost>"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    max_request_bytes: int = Field(default=2 * 2**20, ge=1024)
    max_upload_bytes: int = Field(default=2**30, ge=1024)
    db_pool_size: int = Field(default=16, ge=1)
    metrics_token: str = ""
    cdn_url: str = ""
    job_concurrency: int = Field(default=4, ge=1)
    job_lease_seconds: float = Field(default=30.0, gt=0)
    shutdown_seconds: float = Field(default=20.0, gt=0)

    @field_validator(*_SCHEMES)
    @classmethod
    def _known_scheme(cls, url: str, info: ValidationInfo) -> str:
        if url.startswith("mongodb"):
            raise ValueError("MongoDB is not supported: use sqlite:/// or postgresql://, and import the dumps.")
        known = _SCHEMES[str(info.field_name)]
        if url and not url.startswith(known):
            raise ValueError(f"The URL must start with {' or '.join(f'{scheme}//' for scheme in known)}.")
        return url

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, text: str) -> str:
        for item in filter(None, map(str.strip, text.split(","))):
            try:
                ipaddress.ip_network(item, strict=False)
            except ValueError:
                raise ValueError(f"{item} is no address or network such as 10.0.0.0/8.") from None
        return text

    @model_validator(mode="after")
    def _complete(self) -> "Settings":
        if self.environment != "development":
            self._refuse_placeholders()
        self.database_url = self.database_url or f"sqlite:///{self.data_dir / 'akademe.db'}"
        return self

    def _refuse_placeholders(self) -> None:
        for name in ("secret_key", "jwt_secret_key"):
            value = getattr(self, name)
            if value and _is_placeholder(value):
                raise ValueError(f"{name.upper()} is a placeholder: set at least {MIN_SECRET} random characters.")
        if self.environment == "production" and self.rate_limits == "off":
            raise ValueError("RATE_LIMITS=off is refused in production.")

    @property
    def is_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")

    @property
    def is_secure(self) -> bool:
        """True where people reach the site over HTTPS, so that cookies can say Secure."""
        return self.public_url.startswith("https://")

    @property
    def cors(self) -> list[str]:
        if self.cors_origins:
            return [origin.strip() for origin in self.cors_origins.split(",") if origin.strip()]
        return ["http://localhost:3000", "http://127.0.0.1:3000"] if self.environment == "development" else []

    def secret(self, name: str = "secret_key") -> str:
        """The named secret: from the environment, else one made once and kept in DATA_DIR."""
        value: str = getattr(self, name) or (self.secret_key if name == "jwt_secret_key" else "")
        return value or _kept_secret(self.data_dir.absolute(), name)


def _is_placeholder(value: str) -> bool:
    letters = re.sub(r"[^a-z0-9]", "", value.lower())
    return len(value) < MIN_SECRET or len(set(value)) < MIN_LETTERS or PLACEHOLDERS.search(letters) is not None


@lru_cache
def _kept_secret(data_dir: Path, name: str) -> str:
    path = data_dir / "secrets" / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write_once(path, secrets.token_urlsafe(48))
    return path.read_text().strip()


def _write_once(path: Path, value: str) -> None:
    """Two processes starting together must end with one secret: the hard link decides who was first."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(value)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


_settings: Settings | None = None


def settings() -> Settings:
    """The settings of this process, read once.

    Raises ConfigError with one sentence that names the variable.
    """
    global _settings
    if _settings is None:
        try:
            _settings = Settings()
        except ValidationError as error:
            raise ConfigError(*(_sentence(item) for item in error.errors())) from error
    return _settings


def _sentence(item: Any) -> str:
    name = str(item["loc"][0]).upper() if item["loc"] else "configuration"
    return f"{name}: {item['msg'].removeprefix('Value error, ')}"


def use(chosen: Settings | None) -> None:
    """Replace the settings of this process (None: read them again)."""
    global _settings
    _settings = chosen
