//! The service and the region that a host of AWS names.

/// Names of hosts under which services answer, and the names by which they are signed for.
const ALIASES: [(&str, &str); 8] = [
    ("appsync-api", "appsync"),
    ("lambda-url", "lambda"),
    ("runtime.sagemaker", "sagemaker"),
    ("bedrock-runtime", "bedrock"),
    ("bedrock-agent-runtime", "bedrock"),
    ("data-ats.iot", "iotdata"),
    ("email", "ses"),
    ("monitoring", "monitoring"),
];

/// Services whose hosts need not name a region.
const GLOBAL: [&str; 6] = ["iam", "sts", "route53", "cloudfront", "s3", "organizations"];

/// Service and region, as far as the host names them: `abc.execute-api.eu-west-1.amazonaws.com`.
pub(super) fn read(host: &str) -> (Option<String>, Option<String>) {
    let host = host.to_ascii_lowercase();
    let ends = [
        ".vpce.amazonaws.com",
        ".api.amazonwebservices.com.cn",
        ".amazonaws.com.cn",
        ".amazonaws.com",
        ".api.aws",
        ".on.aws",
    ];
    let Some(rest) = ends.iter().find_map(|end| host.strip_suffix(end)) else {
        return (None, None);
    };
    let labels: Vec<&str> = rest.split('.').collect();
    let region = labels.iter().rposition(|label| is_region(label));
    // `search-x.eu-west-1.es` has them the other way round.
    let before = region.map_or(labels.len(), |at| {
        if at + 1 < labels.len() {
            labels.len()
        } else {
            at
        }
    });
    let named: Vec<&str> = labels
        .get(..before)
        .unwrap_or_default()
        .iter()
        .copied()
        .filter(|label| !is_region(label))
        .collect();
    let service = service(&named);
    let region = region
        .and_then(|at| labels.get(at))
        .map(|label| (*label).to_owned());
    let global = || {
        service
            .as_deref()
            .filter(|name| GLOBAL.contains(name))
            .map(|_| "us-east-1".to_owned())
    };
    let region = region.or_else(global);
    (service, region)
}

/// The service of a host, by the names before its region: `abc.execute-api`.
fn service(named: &[&str]) -> Option<String> {
    let last = named.last().copied();
    let two = named
        .len()
        .checked_sub(2)
        .and_then(|start| named.get(start..))
        .map(|two| two.join("."));
    let alias = |name: &str| {
        ALIASES
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, service)| (*service).to_owned())
    };
    let service = two
        .as_deref()
        .and_then(alias)
        .or_else(|| alias(last?))
        .or_else(|| last.map(str::to_owned));
    service.filter(|name| name != "dualstack").map(|name| {
        if name.starts_with("s3-") {
            "s3".to_owned()
        } else {
            name
        }
    })
}

/// `eu-west-1`, `us-gov-east-1`, `ap-southeast-2`.
fn is_region(label: &str) -> bool {
    let mut parts = label.rsplit('-');
    let digits = parts.next().is_some_and(|part| {
        part.len() <= 2 && !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit())
    });
    let words: Vec<_> = parts.collect();
    let word = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
    digits
        && (2..=3).contains(&words.len())
        && words.iter().all(word)
        && words.last().is_some_and(|first| first.len() == 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hosts with their service and region.
    const HOSTS: [(&str, &str, &str); 16] = [
        (
            "abc123.execute-api.ap-northeast-2.amazonaws.com",
            "execute-api",
            "ap-northeast-2",
        ),
        (
            "abc123.execute-api.cn-north-1.amazonaws.com.cn",
            "execute-api",
            "cn-north-1",
        ),
        (
            "vpce-1.execute-api.us-east-1.vpce.amazonaws.com",
            "execute-api",
            "us-east-1",
        ),
        (
            "abc.appsync-api.eu-west-1.amazonaws.com",
            "appsync",
            "eu-west-1",
        ),
        (
            "abc.lambda-url.us-gov-west-1.on.aws",
            "lambda",
            "us-gov-west-1",
        ),
        ("dynamodb.us-east-2.amazonaws.com", "dynamodb", "us-east-2"),
        (
            "search-logs-x.eu-central-1.es.amazonaws.com",
            "es",
            "eu-central-1",
        ),
        ("my.bucket.s3.eu-west-3.amazonaws.com", "s3", "eu-west-3"),
        (
            "bucket.s3.dualstack.eu-west-3.amazonaws.com",
            "",
            "eu-west-3",
        ),
        ("s3.amazonaws.com", "s3", "us-east-1"),
        ("sts.amazonaws.com", "sts", "us-east-1"),
        ("lambda.us-east-1.api.aws", "lambda", "us-east-1"),
        (
            "API.execute-api.EU-WEST-1.amazonaws.com",
            "execute-api",
            "eu-west-1",
        ),
        ("api.example.com", "", ""),
        ("localhost", "", ""),
        ("amazonaws.com.evil.example", "", ""),
    ];

    #[test]
    fn hosts_name_service_and_region() {
        for (host, service, region) in HOSTS {
            let (found_service, found_region) = read(host);
            assert_eq!(
                (
                    found_service.as_deref().unwrap_or(""),
                    found_region.as_deref().unwrap_or("")
                ),
                (service, region),
                "{host}"
            );
        }
    }
}
