"""Settings that cannot work are refused in a sentence that names the variable."""

import pytest

from akademe.kernel import config
from akademe.kernel.config import ConfigError

GOOD = "k4Xw0pZq9sT2vB7n"


@pytest.fixture
def read(monkeypatch, tmp_path):
    """The settings of an environment."""

    def settings(**env):
        monkeypatch.chdir(tmp_path)
        for name, value in env.items():
            monkeypatch.setenv(name, value)
        config.use(None)
        return config.settings()

    yield settings
    config.use(None)


@pytest.mark.parametrize(
    "value",
    [
        "your-secret-key",
        "your-secret-key-here",
        "Change_Me_In_Production",
        "django-insecure-9f8s7df",
        "x" * 40,
        "short",
    ],
)
@pytest.mark.parametrize("environment", ["testing", "staging", "production"])
@pytest.mark.parametrize("name", ["SECRET_KEY", "JWT_SECRET_KEY"])
def test_placeholders_are_refused_outside_development(read, value, environment, name):
    with pytest.raises(ConfigError, match=f"{name} is a placeholder"):
        read(ENVIRONMENT=environment, **{name: value})


def test_placeholders_are_taken_in_development_and_random_ones_everywhere(read):
    assert read(SECRET_KEY="your-secret-key").secret() == "your-secret-key"
    assert read(ENVIRONMENT="production", SECRET_KEY=GOOD).secret("jwt_secret_key") == GOOD


def test_limits_cannot_be_off_in_production(read):
    with pytest.raises(ConfigError, match="RATE_LIMITS=off is refused in production"):
        read(ENVIRONMENT="production", RATE_LIMITS="off")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("DATABASE_URL", "mongodb://localhost/lms", "MongoDB is not supported"),
        ("DATABASE_URL", "mysql://localhost/lms", "must start with"),
        ("BROKER_URL", "kafka://localhost", "must start with amqp://"),
        ("REDIS_URL", "localhost:6379", "must start with redis://"),
        ("PUBLIC_URL", "school.example.org", "must start with http://"),
        ("TRUSTED_PROXIES", "10.0.0.0/8, proxy", "proxy is no address"),
        ("ENVIRONMENT", "prod", "'production'"),
        ("DB_POOL_SIZE", "many", "integer"),
    ],
)
def test_what_cannot_work_names_the_variable(read, name, value, said):
    with pytest.raises(ConfigError, match=said) as caught:
        read(**{name: value})
    assert str(caught.value).startswith(f"{name}: ")


def test_everything_wrong_is_known_at_once(read):
    with pytest.raises(ConfigError) as caught:
        read(BROKER_URL="kafka://localhost", PUBLIC_URL="nowhere")
    assert len({str(caught.value), *caught.value.others}) == 2


def test_a_secret_is_made_once_and_kept(read, tmp_path):
    first = read(DATA_DIR=str(tmp_path / "data")).secret()
    assert len(first) >= 32
    assert read(DATA_DIR=str(tmp_path / "data")).secret() == first
    assert (tmp_path / "data" / "secrets" / "secret_key").stat().st_mode & 0o077 == 0


def test_the_environment_wins_over_the_file(read, tmp_path):
    (tmp_path / ".env").write_text("LOG_LEVEL=DEBUG\nDB_POOL_SIZE=3\n")
    chosen = read(LOG_LEVEL="ERROR")
    assert (chosen.log_level, chosen.db_pool_size) == ("ERROR", 3)
