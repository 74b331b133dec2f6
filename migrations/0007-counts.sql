-- What is usual of a platform is learnt from its stories of some weeks: their times and URLs, without their texts.
CREATE INDEX stories_by_platform ON stories (platform, published_at, url);
