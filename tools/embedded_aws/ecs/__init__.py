# SPDX-License-Identifier: GPL-3.0-or-later
"""An ECS with deployments, in front of moto's, which starts none.

Ours are services, service deployments and tasks; task definitions, clusters and all other services of AWS are moto's.
Nothing runs: what becomes of a task is decided by rules (behaviour.py), and time goes by steps. Each read of a service
(DescribeServices, DescribeServiceDeployments) takes it one step further, as does each DescribeTasks of a task that
RunTask started. A healthy task is RUNNING after one step and ready after two.

    behaviour.py     the rules: what becomes of which task
    nouns.py         service, rollout, service deployment, task
    tasks.py         the life of one task                                  } the state machine: values only, without
    scheduler.py     which tasks of a service start and stop               } a clock, without moto, without HTTP
    deployments.py   a deployment begins, and what each step makes of it   }
    shifts.py        blue/green, linear, canary, and their hooks           }
    outcomes.py      a deployment is completed, fails, is rolled back      }
    requests.py      CreateService and UpdateService: defaults, errors, what starts a deployment
    views.py         what the API answers
    surroundings.py  moto: clusters, task definitions, addresses, instances, logs, alarms
    access.py        moto: whether a task's execution role may do what its start takes
    targets.py       moto: the targets of load balancers
    api.py, tasks_api.py, clusters.py   the operations
    application.py   HTTP: what is ours is answered here, everything else by moto

Facts have their source beside them: botocore's texts, the developer guide by the title of the page. What no source says
is marked "unverified"; there the modules have to be tolerant.
"""
