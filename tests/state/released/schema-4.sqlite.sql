CREATE TABLE alerts (
    entity VARCHAR(60) NOT NULL,
    channel VARCHAR(10) NOT NULL,
    told TEXT NOT NULL,
    PRIMARY KEY (entity, channel)
);
CREATE TABLE changes (
    id INTEGER NOT NULL,
    run INTEGER NOT NULL,
    entity VARCHAR(60) NOT NULL,
    link VARCHAR(32) NOT NULL,
    side VARCHAR(40) NOT NULL,
    kind VARCHAR(10) NOT NULL,
    "key" VARCHAR(200),
    status VARCHAR(10) NOT NULL,
    fields TEXT NOT NULL,
    "before" TEXT NOT NULL,
    title TEXT NOT NULL,
    reason TEXT NOT NULL,
    stamp VARCHAR(300),
    attempts INTEGER NOT NULL,
    done_by INTEGER,
    wrote TEXT,
    PRIMARY KEY (id)
);
CREATE INDEX changes_link ON changes (entity, link);
CREATE INDEX changes_open ON changes (entity, status, side, id);
CREATE INDEX changes_run ON changes (run, id);
CREATE TABLE cursors (
    entity VARCHAR(60) NOT NULL,
    side VARCHAR(40) NOT NULL,
    since FLOAT NOT NULL,
    walked FLOAT,
    PRIMARY KEY (entity, side)
);
CREATE TABLE forgotten (
    digest VARCHAR(32) NOT NULL,
    at FLOAT NOT NULL,
    PRIMARY KEY (digest)
);
CREATE TABLE hooks (
    id INTEGER NOT NULL,
    digest VARCHAR(64) NOT NULL,
    connection VARCHAR(60) NOT NULL,
    hook VARCHAR(60) NOT NULL,
    event VARCHAR(60) NOT NULL,
    url TEXT NOT NULL,
    remote VARCHAR(200),
    created FLOAT NOT NULL,
    heard FLOAT,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX hooks_digest ON hooks (digest);
CREATE TABLE inbox (
    entity VARCHAR(60) NOT NULL,
    side VARCHAR(40) NOT NULL,
    digest VARCHAR(64) NOT NULL,
    taken INTEGER NOT NULL,
    hook VARCHAR(60) NOT NULL,
    "key" VARCHAR(200),
    removed INTEGER NOT NULL,
    record TEXT,
    received FLOAT NOT NULL,
    PRIMARY KEY (entity, side, digest, taken)
);
CREATE TABLE kept (
    run INTEGER NOT NULL,
    side VARCHAR(40) NOT NULL,
    "key" VARCHAR(200) NOT NULL,
    entity VARCHAR(60) NOT NULL,
    native BLOB NOT NULL,
    PRIMARY KEY (run, side, "key")
);
CREATE INDEX kept_record ON kept (entity, side, "key");
CREATE TABLE kept_mappings (
    run INTEGER NOT NULL,
    entity VARCHAR(60) NOT NULL,
    mapping BLOB NOT NULL,
    PRIMARY KEY (run)
);
CREATE TABLE leases (
    name VARCHAR(60) NOT NULL,
    fence INTEGER NOT NULL,
    owner TEXT NOT NULL,
    token VARCHAR(80) NOT NULL,
    since FLOAT NOT NULL,
    until FLOAT NOT NULL,
    PRIMARY KEY (name)
);
CREATE TABLE likenesses (
    entity VARCHAR(60) NOT NULL,
    rule INTEGER NOT NULL,
    block VARCHAR(300) NOT NULL,
    side VARCHAR(40) NOT NULL,
    "key" VARCHAR(200) NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (entity, rule, block, side, "key")
);
CREATE INDEX likenesses_record ON likenesses (entity, side, "key");
CREATE TABLE mapper_meta (
    name VARCHAR(40) NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (name)
);
CREATE TABLE matchkeys (
    entity VARCHAR(60) NOT NULL,
    value VARCHAR(300) NOT NULL,
    side VARCHAR(40) NOT NULL,
    "key" VARCHAR(200) NOT NULL,
    PRIMARY KEY (entity, value, side, "key")
);
CREATE INDEX matchkeys_record ON matchkeys (entity, side, "key", value);
CREATE TABLE missing (
    entity VARCHAR(60) NOT NULL,
    side VARCHAR(40) NOT NULL,
    "key" VARCHAR(200) NOT NULL,
    run INTEGER NOT NULL,
    PRIMARY KEY (entity, side, "key")
);
CREATE TABLE quarantine (
    id INTEGER NOT NULL,
    entity VARCHAR(60) NOT NULL,
    side VARCHAR(40) NOT NULL,
    "key" VARCHAR(200) NOT NULL,
    cause VARCHAR(20) NOT NULL,
    field VARCHAR(60) NOT NULL,
    title TEXT NOT NULL,
    message TEXT NOT NULL,
    place TEXT NOT NULL,
    needs VARCHAR(300),
    native TEXT,
    mapping VARCHAR(32) NOT NULL,
    first_run INTEGER NOT NULL,
    last_run INTEGER NOT NULL,
    first_seen FLOAT NOT NULL,
    last_seen FLOAT NOT NULL,
    attempts INTEGER NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX quarantine_record ON quarantine (entity, side, "key");
CREATE TABLE quarantine_left (
    id INTEGER NOT NULL,
    number INTEGER NOT NULL,
    entity VARCHAR(60) NOT NULL,
    side VARCHAR(40) NOT NULL,
    "key" VARCHAR(200) NOT NULL,
    cause VARCHAR(20) NOT NULL,
    field VARCHAR(60) NOT NULL,
    place TEXT NOT NULL,
    first_run INTEGER NOT NULL,
    last_run INTEGER NOT NULL,
    first_seen FLOAT NOT NULL,
    last_seen FLOAT NOT NULL,
    attempts INTEGER NOT NULL,
    dropped INTEGER NOT NULL,
    left_at FLOAT NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX quarantine_left_record ON quarantine_left (entity, side, "key");
CREATE TABLE quota (
    connection VARCHAR(60) NOT NULL,
    day VARCHAR(10) NOT NULL,
    calls INTEGER NOT NULL,
    PRIMARY KEY (connection, day)
);
CREATE TABLE records (
    entity VARCHAR(60) NOT NULL,
    side VARCHAR(40) NOT NULL,
    "key" VARCHAR(200) NOT NULL,
    link VARCHAR(32),
    digest TEXT,
    base TEXT,
    image TEXT,
    mark VARCHAR(10),
    PRIMARY KEY (entity, side, "key")
);
CREATE INDEX records_link ON records (entity, link);
CREATE TABLE runs (
    id INTEGER NOT NULL,
    entity VARCHAR(60) NOT NULL,
    kind VARCHAR(10) NOT NULL,
    started FLOAT NOT NULL,
    finished FLOAT,
    outcome VARCHAR(20) NOT NULL,
    mapping VARCHAR(32) NOT NULL,
    counts TEXT NOT NULL,
    message TEXT NOT NULL,
    purged FLOAT,
    warnings TEXT,
    PRIMARY KEY (id)
);
CREATE INDEX runs_entity ON runs (entity, id);
CREATE TABLE seen (
    run INTEGER NOT NULL,
    side VARCHAR(40) NOT NULL,
    "key" VARCHAR(200) NOT NULL,
    PRIMARY KEY (run, side, "key")
);
CREATE TABLE spool (
    run INTEGER NOT NULL,
    side VARCHAR(40) NOT NULL,
    "key" VARCHAR(200) NOT NULL,
    link VARCHAR(32),
    fresh INTEGER NOT NULL,
    stamp FLOAT,
    digest TEXT NOT NULL,
    base TEXT NOT NULL,
    canonical TEXT NOT NULL,
    origin VARCHAR(300),
    native BLOB,
    mark VARCHAR(10),
    PRIMARY KEY (run, side, "key")
);
CREATE INDEX spool_link ON spool (run, link);
CREATE TABLE terms (
    fingerprint VARCHAR(32) NOT NULL,
    parts TEXT NOT NULL,
    PRIMARY KEY (fingerprint)
);
CREATE TABLE watched (
    entity VARCHAR(60) NOT NULL,
    side VARCHAR(40) NOT NULL,
    name VARCHAR(200) NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (entity, side, name)
);
