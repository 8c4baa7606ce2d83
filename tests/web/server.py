"""The program with the tests' school in it, for a browser: `python -m tests.web.server FOLDER PORT`."""

import asyncio
import json
import sys
from pathlib import Path


def main(folder: Path, port: int) -> None:
    from akademe.kernel import config, db
    from akademe.kernel.telemetry import configure_logs
    from tests.databases import make_schema
    from tests.web.school import build

    chosen = config.Settings(
        _env_file=None,
        environment="testing",
        data_dir=folder,
        rate_limits="off",
        public_url=f"http://127.0.0.1:{port}",
        secret_key="a test secret that is long enough",
        database_url=f"sqlite:///{folder / 'akademe.db'}",
        log_level="ERROR",
        smtp_url="",
        storage_url="",
        redis_url="",
        broker_url="",
    )
    config.use(chosen)
    configure_logs("ERROR")

    async def prepare() -> dict[str, str]:
        await make_schema(f"sqlite+inline:///{folder / 'akademe.db'}")
        db.connect(chosen.database_url, 4)
        names = await build()
        await db.close()
        return names

    names = asyncio.run(prepare())
    (folder / "school.json").write_text(json.dumps(names))
    import uvicorn

    uvicorn.run("akademe.app:create_app", factory=True, host="127.0.0.1", port=port, log_config=None, access_log=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
