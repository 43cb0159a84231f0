"""Privacy: what is personal, who sees what of it, how it is hidden, and whether it leaks all the same."""

from __future__ import annotations

from crmlib.privacy.access_log import ACCESS_REASONS, AccessLog, unusual_access
from crmlib.privacy.anonymity import Generalised, KAnonymity, generalise, k_anonymity, l_diversity
from crmlib.privacy.chain import Verification
from crmlib.privacy.consent import (
    CHANNELS,
    PURPOSES,
    ConsentLedger,
    consent_counts,
    consent_purposes,
    may_contact,
    may_contact_many,
    teaching_consents,
)
from crmlib.privacy.encryption import decrypt_columns, encrypt_columns, key_use, rotate_columns
from crmlib.privacy.erasure import erase_customer, erasure_holds, personal_values
from crmlib.privacy.free_text import find_personal, redact, scan_texts
from crmlib.privacy.key_ring import KeyRing
from crmlib.privacy.leaks import find_leaks
from crmlib.privacy.masking import (
    coarse,
    hidden_address,
    hidden_digits,
    hidden_email,
    hidden_id_number,
    hidden_name,
    hidden_phone,
    mask,
    masked_keys,
)
from crmlib.privacy.pledges import has_signed, pledge_status, pledge_text, sign_pledge
from crmlib.privacy.pseudonyms import crack_unkeyed, pseudonymise, pseudonyms, unkeyed_hashes
from crmlib.privacy.recognisers import id_check_character
from crmlib.privacy.register import data_register, quasi_identifiers
from crmlib.privacy.reidentification import Reidentified, reidentify
from crmlib.privacy.residence import Transfer, may_leave
from crmlib.privacy.retention import ERASED, carry_out_retention, retention_plan, retention_rules
from crmlib.privacy.roles import ROLES, needs, role_views
from crmlib.privacy.traces import find_traces
from crmlib.privacy.views import apply_view, visible
from crmlib.privacy.waybills import check_waybill, mask_waybill, sample_waybill

__all__ = [
    "ACCESS_REASONS", "CHANNELS", "ERASED", "PURPOSES", "ROLES", "AccessLog", "ConsentLedger", "Generalised", "KAnonymity",
    "KeyRing", "Reidentified", "Transfer", "Verification", "apply_view", "carry_out_retention", "check_waybill", "coarse",
    "consent_counts", "consent_purposes", "crack_unkeyed", "data_register", "decrypt_columns", "encrypt_columns", "erase_customer",
    "erasure_holds", "find_leaks", "find_personal", "find_traces", "generalise", "has_signed", "hidden_address", "hidden_digits",
    "hidden_email", "hidden_id_number", "hidden_name", "hidden_phone", "id_check_character", "k_anonymity", "key_use",
    "l_diversity", "mask", "mask_waybill", "masked_keys", "may_contact", "may_contact_many", "may_leave", "needs",
    "personal_values", "pledge_status", "pledge_text", "pseudonymise", "pseudonyms", "quasi_identifiers", "redact", "reidentify",
    "retention_plan", "retention_rules", "role_views", "rotate_columns", "sample_waybill", "scan_texts", "sign_pledge",
    "teaching_consents", "unkeyed_hashes", "unusual_access", "visible",
]  # fmt: skip
