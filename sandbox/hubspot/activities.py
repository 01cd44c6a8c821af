"""Invented calls, emails, meetings, notes and tasks."""

import random

from sandbox.hubspot.moments import iso
from sandbox.hubspot.people import day, owner, plain, several, some
from sandbox.hubspot.words import FIRST_NAMES, LAST_NAMES, STREETS

MINUTE, DAY = 60_000, 86_400_000  # ms
CONNECTED = "f240bbac-87c9-4f6e-bf70-924b57d47db7"
NO_ANSWER = "73a0d17f-1163-4015-bdd5-ec830791da20"
TOPICS = ("price", "appointment", "damage", "warranty")


def call(chance: random.Random, number: int, created: int) -> dict[str, str]:
    """A telephone call."""
    name = chance.choice(FIRST_NAMES)
    reached = chance.random() < 0.6
    certain = {
        "hs_timestamp": iso(created),
        "hs_call_title": f"Call with {name} {number}",
        "hs_call_direction": chance.choice(("INBOUND", "OUTBOUND")),
        "hs_call_status": "COMPLETED" if reached else "NO_ANSWER",
        "hs_call_duration": str(chance.randrange(MINUTE, 40 * MINUTE) if reached else 0),
    }
    perhaps = {
        "hs_call_body": f"<p>{name} asked about the <i>gutters</i>.</p>",
        "hs_call_disposition": CONNECTED if reached else NO_ANSWER,
        "hs_call_from_number": f"+1555010{chance.randrange(10_000):04d}",
        "hs_call_to_number": f"+1555011{chance.randrange(10_000):04d}",
        "hs_call_recording_url": f"https://calls.example.com/{number}.mp3",
        "hs_call_has_transcript": chance.choice(("true", "false")),
        "hs_body_preview": f"{name} asked about the gutters.",
        "urgent": chance.choice(("true", "false")),
        "topics": several(chance, TOPICS),
        "call_back_on": day(chance, 2024, 3),
        "hubspot_owner_id": owner(chance),
    }
    return certain | some(chance, perhaps)


def email(chance: random.Random, number: int, created: int) -> dict[str, str]:
    """A letter that went through the account."""
    first, last = chance.choice(FIRST_NAMES), chance.choice(LAST_NAMES)
    certain = {
        "hs_timestamp": iso(created),
        "hs_email_subject": f"Re: your roof ({number})",
        "hs_email_direction": chance.choice(("EMAIL", "INCOMING_EMAIL", "FORWARDED_EMAIL")),
        "hs_email_status": chance.choice(("SENT", "SENT", "BOUNCED")),
        "hs_email_from_email": "office@example.com",
        "hs_email_to_email": f"{plain(first)}.{plain(last)}{number}@example.org",
    }
    perhaps = {
        "hs_email_text": f"Dear {first},\n\nwe are on our way.\r\n",
        "hs_email_html": f"<div>Dear {first},<br>we are on our way.</div>",
        "hs_email_to_firstname": first,
        "hs_email_to_lastname": last,
        "hs_email_cc_email": "boss@example.com;second@example.com",
        "hs_email_message_id": f"<{number}.{created}@mail.example.com>",
        "hs_email_headers": f'{{"from":{{"email":"office@example.com"}},"n":{number}}}',
        "hs_email_open_count": str(chance.randrange(5)),
        "hs_email_click_count": str(chance.randrange(3)),
        "hs_email_open_rate": chance.choice(("0", "0.5", "1")),
        "answered_by_template": chance.choice(("true", "false")),
        "mood": chance.choice(("friendly", "neutral", "angry")),
        "hubspot_owner_id": owner(chance),
    }
    return certain | some(chance, perhaps)


def meeting(chance: random.Random, number: int, created: int) -> dict[str, str]:
    """A visit, or a talk over the wire."""
    start = created + chance.randrange(1, 30) * DAY
    certain = {
        "hs_timestamp": iso(start),
        "hs_meeting_title": f"Look at roof {number}",
        "hs_meeting_start_time": iso(start),
        "hs_meeting_end_time": iso(start + chance.choice((30, 60, 90)) * MINUTE),
        "hs_meeting_outcome": chance.choice(("SCHEDULED", "COMPLETED", "NO_SHOW")),
    }
    perhaps = {
        "hs_meeting_body": "<p>Bring the samples.</p>",
        "hs_meeting_location": f"{chance.randrange(1, 999)} {chance.choice(STREETS)} Street",
        "hs_meeting_location_type": "ADDRESS",
        "hs_internal_meeting_notes": "<ul><li>dog</li></ul>",
        "hs_meeting_external_url": f"https://meet.example.com/{number}",
        "hs_attendee_owner_ids": ";".join(sorted({owner(chance), owner(chance)})),
        "hs_timezone": "us_slash_central",
        "on_site": chance.choice(("true", "false")),
        "ladder_needed": chance.choice(("true", "false")),
        "topics": several(chance, ("price", "colour", "schedule")),
        "hubspot_owner_id": owner(chance),
    }
    return certain | some(chance, perhaps)


def note(chance: random.Random, number: int, created: int) -> dict[str, str]:
    """A remark."""
    name = chance.choice(FIRST_NAMES)
    perhaps = {
        "hs_body_preview": f"{name} prefers mornings.",
        "hs_attachment_ids": ";".join(str(chance.randrange(10**10)) for _ in range(2)),
        "confidential": chance.choice(("true", "false")),
        "remind_on": day(chance, 2024, 3),
        "hubspot_owner_id": owner(chance),
    }
    certain = {
        "hs_timestamp": iso(created),
        "hs_note_body": f"<p>{name} prefers <b>mornings</b> ({number}).</p>",
    }
    return certain | some(chance, perhaps)


def task(chance: random.Random, number: int, created: int) -> dict[str, str]:
    """Something to be done."""
    status = chance.choice(("COMPLETED", "NOT_STARTED", "IN_PROGRESS", "WAITING"))
    done = status == "COMPLETED"
    certain = {
        "hs_timestamp": iso(created + chance.randrange(1, 20) * DAY),
        "hs_task_subject": f"Order shingles {number}",
        "hs_task_status": status,
        "hs_task_is_completed": str(int(done)),
    }
    perhaps = {
        "hs_task_body": "<p>Ask for the <i>grey</i> ones.</p>",
        "hs_task_priority": chance.choice(("NONE", "LOW", "MEDIUM", "HIGH")),
        "hs_task_type": chance.choice(("CALL", "EMAIL", "TODO")),
        "hs_task_is_past_due_date": str(not done and chance.random() < 0.3).lower(),
        "hs_task_reminders": str(created + DAY),
        "hs_task_for_object_type": chance.choice(("CONTACT", "DEAL")),
        "tools": several(chance, ("ladder", "drone", "camera")),
        "estimated_minutes": str(chance.randrange(5, 300)),
        "hubspot_owner_id": owner(chance),
    }
    if done:
        certain["hs_task_completion_date"] = iso(created + chance.randrange(DAY))
    return certain | some(chance, perhaps)
