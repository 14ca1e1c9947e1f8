from chalice import Chalice

app = Chalice(app_name="quiet")


@app.route("/quiet")
def quiet() -> dict:
    return {"status": "ok"}
