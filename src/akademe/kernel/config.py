"""Settings from the environment, `.env` in the working folder, and secrets kept in DATA_DIR."""

import os
import secrets
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PLACEHOLDERS = {"your-secret-key", "your-jwt-secret", "changeme", "change-me", "secret", "password"}
MIN_SECRET = 16


class ConfigError(Exception):
    """The configuration cannot work; the message is one plain sentence (exit code 2)."""


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

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, url: str) -> str:
        if url.startswith("mongodb"):
            raise ValueError(
                "MongoDB is not supported: set DATABASE_URL to sqlite:/// or postgresql://, and import the dumps."
            )
        if url and not url.startswith(("sqlite:", "postgresql:", "postgres:", "postgresql+asyncpg:")):
            raise ValueError("DATABASE_URL must start with sqlite:/// or postgresql://.")
        return url

    @model_validator(mode="after")
    def _complete(self) -> "Settings":
        if self.environment in ("staging", "production"):
            self._refuse_placeholders()
        self.database_url = self.database_url or f"sqlite:///{self.data_dir / 'akademe.db'}"
        return self

    def _refuse_placeholders(self) -> None:
        for name in ("secret_key", "jwt_secret_key"):
            value = getattr(self, name)
            if value and (value.lower() in PLACEHOLDERS or len(value) < MIN_SECRET):
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
            first = error.errors()[0]
            name = str(first["loc"][0]).upper() if first["loc"] else "configuration"
            raise ConfigError(f"{name}: {first['msg'].removeprefix('Value error, ')}") from error
    return _settings


def use(chosen: Settings | None) -> None:
    """Replace the settings of this process (None: read them again)."""
    global _settings
    _settings = chosen
