"""The recall page: who may answer, and what is refused."""

import pytest

from monitor.store import recall
from tests.web.conftest import House, answers


def test_only_triagers_see_and_answer(drawn: House) -> None:
    assert drawn.ask("/-/recall", role="viewer").status_code == 403
    assert drawn.post("/-/recall/1/answer", "viewer", answer="not", version="1").status_code == 403
    assert "Recall</a>" not in drawn.ask("/-/rules", role="viewer").text
    shown = drawn.ask("/-/recall", role="triager")
    assert shown.status_code == 200
    assert "<script>alert" not in shown.text
    assert "'unsafe-inline'" not in shown.headers["content-security-policy"]
    assert answers(drawn) == ["", "", ""]


@pytest.mark.parametrize(
    ("path", "form", "status", "says"),
    [
        ("/-/recall/1/answer", {"answer": "maybe", "version": "1"}, 422, "maybe is no answer"),
        ("/-/recall/1/answer", {"version": "1"}, 422, "nothing is no answer"),
        ("/-/recall/1/answer", {"answer": "not", "version": "7"}, 409, "answered meanwhile"),
        ("/-/recall/99/answer", {"answer": "not", "version": "1"}, 422, "no post 99"),
    ],
)
def test_a_wrong_answer_is_refused(
    drawn: House, path: str, form: dict[str, str], status: int, says: str
) -> None:
    answer = drawn.post(path, "triager", **form)
    assert (answer.status_code, says in answer.text) == (status, True)
    assert answers(drawn) == ["", "", ""]


def test_the_page_says_when_the_audit_is_off_or_has_not_begun(house: House) -> None:
    assert "No week has been sampled yet." in house.ask("/-/recall", role="triager").text
    (house.folder / "config/failwatch.yaml").write_text("recall_audit: {posts: 0}\n")
    assert "The recall audit is switched off" in house.ask("/-/recall", role="triager").text
    conn = house.conn()
    assert recall.count_waiting(conn) == 0
    conn.close()
