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
    PRIMARY KEY (id)
);
CREATE INDEX changes_link ON changes (entity, link);
CREATE INDEX changes_open ON changes (entity, status, side, id);
CREATE INDEX changes_run ON changes (run, id);
CREATE TABLE cursors (
    entity VARCHAR(60) NOT NULL,
    side VARCHAR(40) NOT NULL,
    since FLOAT NOT NULL,
    PRIMARY KEY (entity, side)
);
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
CREATE INDEX matchkeys_record ON matchkeys (entity, side, "key");
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
CREATE TABLE records (
    entity VARCHAR(60) NOT NULL,
    side VARCHAR(40) NOT NULL,
    "key" VARCHAR(200) NOT NULL,
    link VARCHAR(32),
    digest VARCHAR(32),
    base TEXT,
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
    PRIMARY KEY (id)
);
CREATE INDEX runs_entity ON runs (entity, id);
CREATE TABLE spool (
    run INTEGER NOT NULL,
    side VARCHAR(40) NOT NULL,
    "key" VARCHAR(200) NOT NULL,
    link VARCHAR(32),
    fresh INTEGER NOT NULL,
    stamp FLOAT,
    digest VARCHAR(32) NOT NULL,
    base TEXT NOT NULL,
    canonical TEXT NOT NULL,
    origin VARCHAR(300),
    PRIMARY KEY (run, side, "key")
);
CREATE INDEX spool_link ON spool (run, link);
