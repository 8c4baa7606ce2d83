"""The HTTP edge: one shape of error, ids, paths that mean the same."""


async def test_every_answer_has_a_request_id_and_echoes_a_good_one(client):
    given = await client.get("/health/live", headers={"x-request-id": "abc-1"})
    assert given.headers["x-request-id"] == "abc-1"
    made = await client.get("/health/live", headers={"x-request-id": "bad id\u00e9".encode("latin-1")})
    assert len(made.headers["x-request-id"]) == 36


async def test_unknown_api_address_answers_in_the_contract_shape(client):
    answer = await client.get("/api/nothing/here/")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["error_code"] == "NOT_FOUND"
    assert body["request_id"] == answer.headers["x-request-id"]
    assert {"detail", "timestamp", "type", "title", "status"} <= body.keys()


async def test_ready_names_its_checks(client):
    answer = await client.get("/health/ready")
    assert answer.status_code == 200
    assert answer.json()["checks"]["database"]["status"] == "ok"
