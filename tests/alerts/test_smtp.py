"""Mail over real connections on loopback: plain, STARTTLS, TLS, login, and every way to fail."""

import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Literal

import pytest

from monitor.alerts.outcome import SendFailed, Sent
from monitor.alerts.smtp import Mailer
from monitor.model import MailSettings, Secret
from tests.sink import Moment, Sink

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as server:
        yield server


def mail(to: str = "ann@example.org", text: str = "Hello.\n") -> EmailMessage:
    made = EmailMessage()
    made["Subject"] = "A title"
    made["From"] = "failwatch@house.example"
    made["To"] = to
    made["Message-ID"] = "<incident.1.abc@house.example>"
    made.set_content(text, cte="quoted-printable")
    return made


def send(mailer: Mailer, to: str = "ann@example.org", text: str = "Hello.\n") -> Sent | SendFailed:
    return mailer.send(mail("ann@example.org", text), to, before_data=lambda: None)


def failure(result: Sent | SendFailed) -> SendFailed:
    assert isinstance(result, SendFailed), result
    return result


@pytest.mark.parametrize("security", ["none", "starttls", "tls"])
@pytest.mark.parametrize("login", [None, ("failwatch", "pass word")])
def test_a_mail_arrives_whatever_the_security(
    security: Literal["none", "starttls", "tls"], login: tuple[str, str] | None, tmp_path: Path
) -> None:
    with Sink(security=security, login=login) as sink, Mailer(sink.settings(tmp_path)) as mailer:
        result = send(mailer)
        assert result == Sent("250 OK: kept as 1")
        assert sink.received[0].sender == "failwatch@house.example"
        assert sink.received[0].recipients == ("ann@example.org",)


def test_several_mails_share_one_connection(sink: Sink, tmp_path: Path) -> None:
    with Mailer(sink.settings(tmp_path)) as mailer:
        assert [type(send(mailer)) for _ in range(3)] == [Sent, Sent, Sent]
    assert sink.connections == 1


def test_a_connection_that_the_server_closed_is_opened_again(sink: Sink, tmp_path: Path) -> None:
    with Mailer(sink.settings(tmp_path)) as mailer:
        send(mailer)
        sink.hang_up_on_all()
        assert isinstance(send(mailer), Sent)
    assert (sink.connections, len(sink.received)) == (2, 2)


def test_lines_that_begin_with_a_dot_arrive_whole(sink: Sink, tmp_path: Path) -> None:
    text = ".\n..\n.hidden\nend.\n"
    with Mailer(sink.settings(tmp_path)) as mailer:
        assert isinstance(send(mailer, text=text), Sent)
    assert sink.received[0].mail.get_content() == text.replace("\n", "\r\n")


def test_the_hook_runs_before_the_server_can_have_the_mail(sink: Sink, tmp_path: Path) -> None:
    seen: list[int] = []
    with Mailer(sink.settings(tmp_path)) as mailer:
        mailer.send(mail(), "ann@example.org", before_data=lambda: seen.append(len(sink.received)))
    assert (seen, len(sink.received)) == ([0], 1)


def test_a_hook_that_fails_keeps_the_mail_from_being_sent(sink: Sink, tmp_path: Path) -> None:
    def broken() -> None:
        raise RuntimeError("the disk is full")

    with Mailer(sink.settings(tmp_path)) as mailer:
        with pytest.raises(RuntimeError, match="disk is full"):
            mailer.send(mail(), "ann@example.org", before_data=broken)
        assert isinstance(send(mailer), Sent)
    assert len(sink.received) == 1


def test_a_busy_server_is_a_temporary_failure_and_the_next_try_goes_through(
    sink: Sink, tmp_path: Path
) -> None:
    sink.replies.append("451 4.3.0 try again later")
    with Mailer(sink.settings(tmp_path)) as mailer:
        first, second = failure(send(mailer)), send(mailer)
    assert (first.is_temporary, first.is_unknown, first.stops_all) == (True, False, False)
    assert "451 4.3.0 try again later" in first.reason
    assert isinstance(second, Sent)


def test_an_unknown_recipient_is_refused_for_good_and_alone(sink: Sink, tmp_path: Path) -> None:
    sink.refusals["gone@example.org"] = "550 5.1.1 no such person"
    with Mailer(sink.settings(tmp_path)) as mailer:
        first, second = failure(send(mailer, "gone@example.org")), send(mailer)
    assert (first.is_temporary, first.is_unknown, first.stops_all) == (False, False, False)
    assert "550 5.1.1 no such person" in first.reason
    assert isinstance(second, Sent)


def test_no_address_is_told_on_since_reasons_are_shown_on_pages(sink: Sink, tmp_path: Path) -> None:
    sink.refusals["gone@example.org"] = "550 5.1.1 <gone@example.org>: mailbox unknown"
    sink.replies.append("554 5.7.1 mail for ann@example.org is not wanted")
    with Mailer(sink.settings(tmp_path)) as mailer:
        assert failure(send(mailer, "gone@example.org")).reason == (
            "The mail server said: 550 5.1.1 <(address)>: mailbox unknown"
        )
        assert failure(send(mailer)).reason == (
            "The mail server said: 554 5.7.1 mail for (address) is not wanted"
        )
        assert "@" not in failure(send(mailer, "ann@" + "ä" * 80)).reason.replace("the @", "")


def test_a_refused_text_is_refused_for_good(sink: Sink, tmp_path: Path) -> None:
    sink.replies.append("554 5.7.1 looks like spam")
    with Mailer(sink.settings(tmp_path)) as mailer:
        result = failure(send(mailer))
    assert (result.is_temporary, result.is_unknown, result.stops_all) == (False, False, False)


def test_a_refused_sender_stops_all_mail(sink: Sink, tmp_path: Path) -> None:
    sink.sender_refusal = "550 5.7.1 not your address"
    with Mailer(sink.settings(tmp_path)) as mailer:
        result = failure(send(mailer))
    assert result.stops_all
    assert "failwatch@house.example" in result.reason


@pytest.mark.parametrize(
    ("moment", "is_unknown", "kept"),
    [("mail", False, 0), ("text", False, 0), ("dot", True, 0), ("answer", True, 1)],
)
def test_a_lost_connection_is_unknown_only_after_the_dot(
    sink: Sink, tmp_path: Path, moment: Moment, is_unknown: bool, kept: int
) -> None:
    sink.hang_up = moment
    # Long enough that the system finds the connection dead before the dot is its turn.
    text = "A line of the mail.\n" * 200_000
    with Mailer(sink.settings(tmp_path)) as mailer:
        result = failure(send(mailer, text=text))
        assert (result.is_temporary, result.is_unknown) == (True, is_unknown)
        assert len(sink.received) == kept
        assert isinstance(send(mailer), Sent)


def test_a_refused_login_stops_all_mail_and_never_shows_the_password(tmp_path: Path) -> None:
    with Sink(security="starttls", login=("failwatch", "right")) as sink:
        wrong = sink.settings(tmp_path, password=Secret("hush-hush"))
        with Mailer(wrong) as mailer:
            result = failure(send(mailer))
    assert result.stops_all
    assert "refused the login" in result.reason
    assert "FAILWATCH_MAIL_PASSWORD" in result.reason
    assert "hush-hush" not in result.reason + repr(wrong)


def test_a_server_without_starttls_stops_all_mail(sink: Sink, tmp_path: Path) -> None:
    plain = sink.settings(tmp_path, security="starttls")
    with Mailer(plain) as mailer:
        result = failure(send(mailer))
    assert result.stops_all
    assert "mail: security" in result.reason
    assert sink.received == []


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_of_an_unknown_authority_is_not_trusted(
    security: Literal["starttls", "tls"], tmp_path: Path
) -> None:
    with Sink(security=security, login=("failwatch", "pw")) as sink:
        with Mailer(replace(sink.settings(tmp_path), ca_file="")) as mailer:
            result = failure(send(mailer))
        assert sink.received == []
    assert result.stops_all
    assert "ca_file" in result.reason


def test_a_missing_ca_file_is_told_of(sink: Sink, tmp_path: Path) -> None:
    with Mailer(sink.settings(tmp_path, ca_file=str(tmp_path / "none.pem"))) as mailer:
        assert "none.pem cannot be read" in failure(send(mailer)).reason


def test_an_unreachable_server_stops_all_mail() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    settings = MailSettings(
        host="127.0.0.1", port=port, security="none", from_address="failwatch@house.example"
    )
    with Mailer(settings) as mailer:
        result = failure(send(mailer))
    assert result.stops_all
    assert "cannot be reached" in result.reason


def test_a_server_that_never_speaks_is_given_up_after_the_time_limit() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        settings = MailSettings(
            host="127.0.0.1", port=mute.getsockname()[1], security="none", timeout_seconds=0.2,
            from_address="failwatch@house.example",
        )  # fmt: skip
        with Mailer(settings) as mailer:
            result = failure(send(mailer))
    assert result.stops_all
    assert "timed out" in result.reason


def test_a_slow_answer_after_the_dot_is_waited_for(tmp_path: Path) -> None:
    with Sink(pause=lambda: 0.6) as sink:
        mailer = Mailer(sink.settings(tmp_path, timeout_seconds=0.2))
        with mailer:
            assert isinstance(send(mailer), Sent)


def test_an_answer_that_makes_no_sense_leaves_the_mail_in_doubt() -> None:
    def talk(listener: socket.socket) -> None:
        client, _ = listener.accept()
        with client, client.makefile("rb") as said:
            client.sendall(b"220 hello\r\n")
            for answer in (b"250 hi", b"250 ok", b"250 ok", b"354 go"):
                said.readline()
                client.sendall(answer + b"\r\n")
            while said.readline() != b".\r\n":
                continue
            client.sendall(b"what?\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=talk, args=(listener,))
        thread.start()
        settings = MailSettings(
            host="127.0.0.1", port=listener.getsockname()[1], security="none", timeout_seconds=5,
            from_address="failwatch@house.example",
        )  # fmt: skip
        with Mailer(settings) as mailer:
            result = failure(send(mailer))
        thread.join(5)
    assert result.is_unknown


def test_letters_beyond_ascii_before_the_at_need_the_servers_consent(tmp_path: Path) -> None:
    with Sink() as sink, Mailer(sink.settings(tmp_path)) as mailer:
        assert isinstance(send(mailer, "jörg@example.org"), Sent)
        assert sink.received[0].recipients == ("jörg@example.org",)
    with Sink(takes_utf8=False) as sink, Mailer(sink.settings(tmp_path)) as mailer:
        result = failure(send(mailer, "jörg@example.org"))
        assert (result.is_temporary, result.stops_all) == (False, False)
        assert "SMTPUTF8" in result.reason
        assert isinstance(send(mailer, "ann@exämple.org"), Sent)
        assert sink.received[0].recipients == ("ann@xn--exmple-cua.org",)
