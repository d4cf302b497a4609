"""The settings: lima.toml, overridden by LIMA_… variables. Anything unknown or of the wrong type refuses the start."""

from __future__ import annotations

import dataclasses
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import SplitResult, urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from handlers.model import Here
from handlers.rules import deadlines, schedule
from handlers.rules.statuses import RESULTS
from handlers.rules.wording import ANSWER_CHARS_MAX, answer_fault

PREFIX, NESTING, CONFIG_VARIABLE = "LIMA_", "__", "LIMA_CONFIG"
_HERE, _CLOCKS, _SCHEDULE = Here(), deadlines.Clocks(), schedule.Schedule()
_SQLITE = "sqlite:///"
_VALUE_CHARS_MAX = 40
"""So much of a wrong value is quoted back."""


class Problem(Exception):
    """The settings cannot be used. `sentences`: Chinese, one for each thing that is wrong, naming its key."""

    def __init__(self, sentences: list[str]) -> None:
        self.sentences = tuple(sentences)
        super().__init__("\n".join(sentences))


# ---------------------------------------------------------------- what a value may be


def _no_switch(value: object) -> object:
    """true is no number, though Python would take it for 1."""
    return str(value).lower() if isinstance(value, bool) else value


def _split(url: str) -> SplitResult | None:
    """None for what is no address. The library's own complaint would quote the password."""
    try:
        parts = urlsplit(url)
        return parts if parts.port != 0 else None
    except ValueError:
        return None


def _is_base_url(url: str) -> str:
    parts, bare = _split(url), url.rstrip("/")
    named = parts and parts.hostname and "@" not in parts.netloc
    if parts and named and parts.scheme in ("http", "https") and bare == f"{parts.scheme}://{parts.netloc}":
        return bare
    raise ValueError("应该是 http:// 或 https:// 开头的网址，后面不带路径")


def _is_database_url(url: str) -> str:
    parts = _split(url)
    if parts and url.startswith(_SQLITE) and parts.path.strip("/") and not parts.query:
        return url
    has_host = parts and (parts.hostname or "host=" in parts.query)  # ?host=/folder is a socket
    if parts and parts.scheme == "postgresql" and has_host and parts.path.strip("/"):
        return url
    raise ValueError("应该是 sqlite:///文件 或 postgresql://用户:口令@主机/库名")


def _is_appid(text: str) -> str:
    if not text or re.fullmatch("wx[0-9A-Za-z]{10,30}", text):
        return text
    raise ValueError("应该是 wx 开头的开发者ID，在公众平台的“设置与开发”里抄")


def _is_wechat_token(text: str) -> str:
    """3 to 32 letters and digits [D]."""
    if not text or re.fullmatch("[0-9A-Za-z]{3,32}", text):
        return text
    raise ValueError("应该是 3 到 32 个英文字母和数字，和公众平台上填的一样")


def _is_aes_key(text: str) -> str:
    """43 letters of base64, which make 32 bytes and two bits more [D]; the platform's own keys have those bits set [C:
    WxJava #1454], so a decoder that wants them empty would refuse three keys of four."""
    if not text or re.fullmatch("[0-9A-Za-z+/]{43}", text):
        return text
    raise ValueError("应该是 43 个英文字母和数字，从公众平台抄整一行")


_FIELD = re.compile("(thing|character_string|phrase)[0-9]{1,2}=(.+)")
_LOCK_SCREEN_NEVER = re.compile("反映|举报|回话|查询码|尾号|[0-9]月")


def _is_template_field(line: str) -> str:
    """What one field of a template always says. Too long or of the wrong kind is refused by the platform, 47003 [C]."""
    found = _FIELD.fullmatch(line)
    if found is None:
        raise ValueError("应该像 thing1=您看过的公示有新内容，字段只能是 thing、character_string、phrase")
    kind, words = found[1], found[2]
    if _LOCK_SCREEN_NEVER.search(words):
        raise ValueError("手机锁着也看得见这句话：不能提反映、回话、日期")
    if kind == "thing" and len(words) > 20:
        raise ValueError("thing 最多 20 个字")
    if kind == "character_string" and not re.fullmatch("[ -~]{1,32}", words):
        raise ValueError("character_string 最多 32 个英文字母、数字、符号，不能有汉字")
    if kind == "phrase" and not re.fullmatch("[\u4e00-\u9fff]{1,5}", words):
        raise ValueError("phrase 最多 5 个汉字，不能有别的")
    return line


TemplateFields = tuple[Annotated[str, AfterValidator(_is_template_field)], ...]
AesKey = Annotated[str, AfterValidator(_is_aes_key)]


def _is_api_base(url: str) -> str:
    """The token is part of every address that is called: in the clear only on this machine."""
    parts, bare = _split(url), _is_base_url(url)
    if parts and parts.scheme == "http" and parts.hostname not in ("127.0.0.1", "localhost", "::1"):
        raise ValueError("要用 https:// 开头的网址；http:// 只能用在本机")
    return bare


def _is_bot_token(token: str) -> str:
    if not token or re.fullmatch("[0-9]{5,20}:[A-Za-z0-9_-]{20,80}", token):
        return token
    raise ValueError("应该是 BotFather 给的那一串：数字、冒号、字母数字")


Count = Annotated[int, BeforeValidator(_no_switch), Field(ge=1, le=10_000_000)]
Seconds = Annotated[float, BeforeValidator(_no_switch), Field(ge=0, le=30 * 24 * 3600)]
Milliseconds = Annotated[float, BeforeValidator(_no_switch), Field(ge=0.1, le=1000)]
Port = Annotated[int, BeforeValidator(_no_switch), Field(ge=1, le=65535)]
Words = Annotated[str, Field(min_length=1, max_length=30)]


class Section(BaseModel):
    """One [section] of lima.toml. A field with repr=False is secret: it is never quoted back."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True, validate_default=True)


class Server(Section):
    host: Words = "127.0.0.1"
    port: Port = 8000
    base_url: Annotated[str, AfterValidator(_is_base_url)] = "http://127.0.0.1:8000"
    trusted_proxies: tuple[Words, ...] = ()
    log_level: Literal["debug", "info", "warning", "error"] = "info"


class Database(Section):
    url: Annotated[str, AfterValidator(_is_database_url)] = Field(default="sqlite:///data/lima.db", repr=False)


class Keys(Section):
    ring: Path = Path("keys")


class Evidence(Section):
    folder: Path = Path("data/evidence")


class OrganisationFiles(Section):
    folder: Path = Path("organisation")


class Account(Section):
    name: Words = _HERE.account_name
    hotline: Words = _HERE.hotline
    hotline_hours: Words = _HERE.hotline_hours
    province_site: Words = _HERE.province_site


class Wechat(Section):
    """The official account. Off until appid, token, secret and aes_key are all there; `missing` names those that are not
    once any is."""

    appid: Annotated[str, AfterValidator(_is_appid)] = ""
    token: Annotated[str, AfterValidator(_is_wechat_token)] = Field(default="", repr=False)
    secret: Annotated[str, Field(max_length=64)] = Field(default="", repr=False)
    aes_key: AesKey = Field(default="", repr=False)
    aes_key_previous: AesKey = Field(default="", repr=False)
    api_base: Annotated[str, AfterValidator(_is_base_url)] = "https://api.weixin.qq.com"
    template: Annotated[str, Field(max_length=64)] = ""
    template_fields: TemplateFields = ()
    subscribe_template: Annotated[str, Field(max_length=64)] = ""
    subscribe_fields: TemplateFields = ()
    subscribe_long_term: bool = False

    @property
    def on(self) -> bool:
        return bool(self.appid and self.token and self.secret and self.aes_key)

    @property
    def missing(self) -> list[str]:
        wanted = {"appid": self.appid, "token": self.token, "secret": self.secret, "aes_key": self.aes_key}
        return [name for name, value in wanted.items() if not value] if any(wanted.values()) else []


class Telegram(Section):
    """Off without a token. `mode` decides whether `secret` is needed, so it stands before it."""

    token: Annotated[str, AfterValidator(_is_bot_token)] = Field(default="", repr=False)
    mode: Literal["polling", "webhook"] = "polling"
    secret: str = Field(default="", repr=False)
    api_base: Annotated[str, AfterValidator(_is_api_base)] = "https://api.telegram.org"

    @field_validator("secret")
    @classmethod
    def _is_secret(cls, secret: str, info: ValidationInfo) -> str:
        wanted = info.data.get("mode") == "webhook" and bool(info.data.get("token"))
        if (wanted or secret) and not re.fullmatch("[A-Za-z0-9_-]{16,256}", secret):
            raise ValueError("mode 是 webhook 时要有，16 到 256 个字母、数字、_、-；用 openssl rand -hex 32 做一个")
        return secret


class Limits(Section):
    """Units last: _s seconds, _ms milliseconds, _h an hour. Why each: config/sample/lima.toml."""

    circle_beneficiaries: Count = _HERE.circle_beneficiaries
    deliberate_s: Seconds = _HERE.deliberate_s
    resume_after_s: Seconds = _HERE.resume_after_s
    text_chars_max: Count = _HERE.text_chars_max
    text_chars_long: Count = _HERE.text_chars_long
    fragments_max: Count = _HERE.fragments_max
    photos_max: Count = _HERE.photos_max
    photos_hour_max: Count = _HERE.photos_hour_max
    photo_quiet_s: Seconds = _HERE.photo_quiet_s
    reports_mine_max: Count = _HERE.reports_mine_max
    receipt_tries_account_h: Count = _HERE.receipt_tries_account_h
    receipt_tries_network_h: Count = _HERE.receipt_tries_network_h
    receipt_tries_total_h: Count = _HERE.receipt_tries_total_h
    receipt_delay_s: Seconds = _HERE.receipt_delay_s
    invite_days: Count = _HERE.invite_days
    diary_entries_max: Count = _HERE.diary_entries_max
    slip_days: Count = _HERE.slip_days
    mailbox_days: Count = _HERE.mailbox_days
    case_link_s: Seconds = _HERE.case_link_s
    queue_max: Count = 2048
    turns_group_max: Count = 128
    group_work_ms: Milliseconds = 10.0
    messages_per_minute: Count = 60
    lanes: Count = 4
    request_bytes_max: Count = 65536
    photo_bytes_max: Annotated[int, BeforeValidator(_no_switch), Field(ge=1, le=100_000_000)] = 10_485_760


class Nets(Section):
    """廉情前哨站. Why each: config/sample/lima.toml."""

    counties: tuple[Words, ...] = ()
    households_a_monitor: Count = 30


class Clocks(Section):
    """What runs until when (domain.md §7). Why each, and its source: config/sample/lima.toml."""

    workdays: Path = Path("workdays.csv")
    look_workdays: Count = _CLOCKS.look_workdays
    accept_workdays: Count = _CLOCKS.accept_workdays
    handle_months: Count = _CLOCKS.handle_months
    clue_months: Count = _CLOCKS.clue_months
    feedback_workdays: Count = _CLOCKS.feedback_workdays
    ask_workdays: Count = _CLOCKS.ask_workdays
    ask_pauses: bool = _CLOCKS.ask_pauses
    question_workdays: Count = _CLOCKS.question_workdays
    concern_workdays: Count = _CLOCKS.concern_workdays
    before_days: Count = _CLOCKS.before_days
    commander_workdays: Count = _CLOCKS.commander_workdays
    above_workdays: Count = _CLOCKS.above_workdays

    def rules(self) -> deadlines.Clocks:
        return deadlines.Clocks(**self.model_dump(exclude={"workdays"}))


def _is_time(text: str) -> str:
    schedule.minute_of(text)
    return text


Time = Annotated[str, Field(max_length=5), AfterValidator(_is_time)]


def _time(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


class Schedule(Section):
    """When the clock strikes, in the city's time. Why each: config/sample/lima.toml."""

    reminder_time: Time = _time(_SCHEDULE.reminder_minute)
    weekly_weekday: Annotated[int, BeforeValidator(_no_switch), Field(ge=1, le=7)] = _SCHEDULE.weekly_weekday
    weekly_time: Time = _time(_SCHEDULE.weekly_minute)
    monthly_day: Annotated[int, BeforeValidator(_no_switch), Field(ge=1, le=28)] = _SCHEDULE.monthly_day
    quarterly_day: Annotated[int, BeforeValidator(_no_switch), Field(ge=1, le=28)] = _SCHEDULE.quarterly_day
    monthly_time: Time = _time(_SCHEDULE.monthly_minute)
    quiet_from: Time = _time(_SCHEDULE.quiet_from_minute)
    quiet_until: Time = _time(_SCHEDULE.quiet_until_minute)

    def rules(self) -> schedule.Schedule:
        minute = schedule.minute_of
        return schedule.Schedule(
            reminder_minute=minute(self.reminder_time),
            weekly_weekday=self.weekly_weekday,
            weekly_minute=minute(self.weekly_time),
            monthly_day=self.monthly_day,
            quarterly_day=self.quarterly_day,
            monthly_minute=minute(self.monthly_time),
            quiet_from_minute=minute(self.quiet_from),
            quiet_until_minute=minute(self.quiet_until),
        )


def _is_template(words: str) -> str:
    """An answer like any other: what an officer may not write stands in no 范文 either."""
    if fault := answer_fault(words):
        raise ValueError(fault)
    return words


Template = Annotated[str, Field(max_length=ANSWER_CHARS_MAX), AfterValidator(_is_template)]


class Templates(Section):
    concluded: Annotated[tuple[Template, ...], Field(min_length=len(RESULTS), max_length=len(RESULTS))] = (
        _HERE.templates
    )


class Settings(BaseSettings):
    """All settings. `load_settings` makes them; paths in them are absolute then."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", env_prefix=PREFIX, env_nested_delimiter=NESTING)

    server: Server = Server()
    database: Database = Database()
    keys: Keys = Keys()
    evidence: Evidence = Evidence()
    organisation: OrganisationFiles = OrganisationFiles()
    account: Account = Account()
    wechat: Wechat = Wechat()
    telegram: Telegram = Telegram()
    limits: Limits = Limits()
    nets: Nets = Nets()
    clocks: Clocks = Clocks()
    schedule: Schedule = Schedule()
    templates: Templates = Templates()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the file; there is no other source."""
        return env_settings, init_settings

    def here(self) -> Here:
        """What the wording and the conversations need to know of this installation."""
        names = {field.name for field in dataclasses.fields(Here)}
        limits = {name: value for name, value in self.limits.model_dump().items() if name in names}
        return Here(
            account_name=self.account.name,
            hotline=self.account.hotline,
            hotline_hours=self.account.hotline_hours,
            province_site=self.account.province_site,
            base_url=self.server.base_url,
            templates=self.templates.concluded,
            **limits,
        )


# ---------------------------------------------------------------- loading


def load_settings(path: Path) -> Settings:
    """The settings of a TOML file and the environment; relative paths count from the folder of the file.

    Raises Problem, which names every key that is unknown or wrong and never quotes a secret.
    """
    written = _written(path)
    hidden = [key for key in written if key.startswith("_")]  # the library would take them for its own arguments
    sentences = [f"{key}：没有这个设置" for key in hidden]
    sentences += [f"{name}：没有这个环境变量可设" for name in _unknown_variables()]
    try:
        settings = Settings(**{key: value for key, value in written.items() if key not in hidden})
    except ValidationError as error:
        sentences += _sentences(error.errors(include_url=False, include_context=True), written)
    except SettingsError:
        pass  # a variable that is not one setting, named above
    if sentences:
        raise Problem(sentences)
    return _from_folder(settings, path.absolute().parent)


def _written(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        says = "没有这个文件；用 lima init 新建一个，或用 --config 指明"
    except OSError as error:
        says = f"读不了（{error.strerror}）"
    except UnicodeDecodeError:
        says = "不是 UTF-8 编码，请另存为 UTF-8"
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"line (\d+), column (\d+)", str(error))
        says = f"第{place[1]}行第{place[2]}列附近写法不对" if place else "结尾的地方没有写完"
    raise Problem([f"{path}：{says}"])


def _unknown_variables() -> list[str]:
    known = {_variable((section, key)) for section, key in setting_keys()} | {CONFIG_VARIABLE}
    return sorted(name for name in os.environ if name.upper().startswith(PREFIX) and name.upper() not in known)


def setting_keys() -> Iterator[tuple[str, str]]:
    """Every setting there is, as (section, key)."""
    for section, field in Settings.model_fields.items():
        for key in type(field.default).model_fields:
            yield section, key


def _variable(keys: tuple[str, ...]) -> str:
    return PREFIX + NESTING.join(keys).upper()


def _from_folder(settings: Settings, folder: Path) -> Settings:
    """Relative paths made absolute; sqlite:/// keeps three strokes before the path, which then begins with a fourth."""
    url = settings.database.url
    if url.startswith(_SQLITE):
        url = _SQLITE + str(folder / url.removeprefix(_SQLITE))
    return settings.model_copy(
        update={
            "database": settings.database.model_copy(update={"url": url}),
            "keys": Keys(ring=folder / settings.keys.ring),
            "evidence": Evidence(folder=folder / settings.evidence.folder),
            "clocks": settings.clocks.model_copy(update={"workdays": folder / settings.clocks.workdays}),
            "organisation": OrganisationFiles(folder=folder / settings.organisation.folder),
        }
    )


# ---------------------------------------------------------------- what is said of a wrong value

_SAYS = {
    "int_type": "应该是整数",
    "int_parsing": "应该是整数",
    "int_parsing_size": "应该是整数",
    "int_from_float": "应该是整数",
    "bool_type": "应该是 true 或 false",
    "bool_parsing": "应该是 true 或 false",
    "float_type": "应该是数字",
    "float_parsing": "应该是数字",
    "string_type": "应该是文字，两边加引号",
    "path_type": "应该是路径，两边加引号",
    "string_too_short": "不能空着",
    "string_too_long": "最多{max_length}个字",
    "greater_than_equal": "不能小于 {ge:g}",
    "less_than_equal": "不能大于 {le:g}",
    "literal_error": "只能是 {expected}",
    "finite_number": "应该是数字",
    "value_error": "{error}",
}


def _sentences(errors: list[ErrorDetails], written: Mapping[str, Any]) -> Iterator[str]:
    for error in errors:
        keys = tuple(str(key) for key in error["loc"])
        if error["type"] == "extra_forbidden":
            if _is_written(written, keys):  # else it is an unknown variable, named as such
                yield f"{'.'.join(keys)}：没有这个设置"
            continue
        if len(keys) == 1:
            yield f"{keys[0]}：应该是一节，写成 [{keys[0]}]，下面一行一个设置"
            continue
        name = ".".join(keys)
        if any(variable.upper() == _variable(keys) for variable in os.environ):
            name += f"（环境变量 {_variable(keys)}）"
        says = _SAYS.get(error["type"], "这样写不行").format(**error.get("ctx", {}))
        yield f"{name}：{says}{_quoted(keys, error['input'])}"


def _is_written(written: Mapping[str, Any], keys: tuple[str, ...]) -> bool:
    found: Any = written
    for key in keys:
        if not isinstance(found, Mapping) or key not in found:
            return False
        found = found[key]
    return True


def _quoted(keys: tuple[str, ...], value: object) -> str:
    """The wrong value, unless it is secret or looks like an address with a password in it."""
    section, key = keys[:2]
    secret = not type(Settings.model_fields[section].default).model_fields[key].repr
    text = str(value)
    if secret or "@" in text:
        return ""
    return f"，写的是“{text if len(text) <= _VALUE_CHARS_MAX else text[:_VALUE_CHARS_MAX] + '…'}”"
