"""What the item routes do, over HTTP and under the IAM policies that are shipped."""

from datetime import datetime


def test_health_needs_no_key(client):
    answer = client().get("/health")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_an_item_is_created_and_read(api, shoe):
    created = api.post("/items", json=shoe)
    assert created.status_code == 201
    item = created.json()
    assert item | shoe == item
    assert (item["id"], item["version"]) == ("red-shoe", 1)
    assert datetime.fromisoformat(item["createdAt"]).utcoffset() is not None
    assert api.get("/items/red-shoe").json() == item


def test_prices_are_exact(api, shoe):
    for price in (0.1, 0.29, 9999999999.99, 0):
        api.post("/items", json={**shoe, "price": price})
        assert api.get("/items/red-shoe").json()["price"] == price
        api.delete("/items/red-shoe")


def test_a_change_changes_what_was_sent_and_leaves_the_rest(api, shoe):
    item = api.post("/items", json=shoe).json()
    changed = api.patch("/items/red-shoe", json={"price": 8, "description": None})
    assert changed.status_code == 200
    expected = {**item, "price": 8, "description": None, "version": 2, "updatedAt": changed.json()["updatedAt"]}
    assert changed.json() == expected == api.get("/items/red-shoe").json()
    assert changed.json()["updatedAt"] > item["updatedAt"]


def test_a_deleted_item_is_gone_and_its_name_free(api, shoe):
    api.post("/items", json=shoe)
    deleted = api.delete("/items/red-shoe")
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert api.get("/items/red-shoe").status_code == 404
    assert api.post("/items", json=shoe).status_code == 201


def test_an_item_moves_to_another_category(api, shoe):
    api.post("/items", json=shoe)
    api.patch("/items/red-shoe", json={"category": "sale"})
    listed = {
        name: [item["id"] for item in api.get("/items", params={"category": name}).json()["items"]]
        for name in ("shoes", "sale")
    }
    assert listed == {"shoes": [], "sale": ["red-shoe"]}


def test_the_open_pages_describe_the_routes(client):
    document = client().get("/openapi.json")
    assert set(document.json()["paths"]) == {"/health", "/items", "/items/{id}"}
    page = client().get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    assert "SwaggerUIBundle" in page.text
    assert "<script src" not in page.text
